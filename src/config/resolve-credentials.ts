import type { ConfigProblem } from './config-error.ts';
import type { AccessToken, IngestSecret, RawConfig } from './config.ts';
import { SECRET_CHARS_MIN, digestOf, readSecret, type SecretPlace } from './read-secret.ts';

export interface CredentialSources {
  readonly raw: RawConfig;
  /** Credentials of the environment; they come in addition to those of the file. */
  readonly adminToken: string | undefined;
  readonly ingestSecret: string | undefined;
  /** Where relative names of secret files start, by the setting they stand in. */
  readonly directoryOf: (setting: string) => string;
  readonly defaultCluster: string;
  readonly defaultLatenessMs: number;
  readonly sourceOf: (path: readonly string[]) => string;
}

export interface Credentials {
  readonly tokens: readonly AccessToken[];
  readonly secrets: readonly IngestSecret[];
  readonly problems: readonly ConfigProblem[];
  readonly warnings: readonly string[];
}

interface Notes {
  readonly problems: ConfigProblem[];
  readonly warnings: string[];
  /** Who already uses a digest or a name. */
  readonly taken: Map<string, string>;
}

interface Entry extends SecretPlace {
  readonly name: string;
  readonly path: readonly string[];
  readonly source: string;
}

/** Reads all tokens and ingest secrets. Two that are equal are a mistake: which of them is meant? */
export function resolveCredentials(sources: CredentialSources): Credentials {
  const notes: Notes = { problems: [], warnings: [], taken: new Map() };
  const tokens = resolveTokens(sources, notes);
  const secrets = resolveSecrets(sources, notes);
  return { tokens, secrets, problems: notes.problems, warnings: notes.warnings };
}

function resolveTokens(sources: CredentialSources, notes: Notes): AccessToken[] {
  const { sourceOf } = sources;
  const directory = sources.directoryOf('tokens');
  const tokens: AccessToken[] = [];
  for (const [index, raw] of (sources.raw.tokens ?? []).entries()) {
    const path = ['tokens', String(index)];
    const place = { key: 'token' as const, text: raw.token, file: raw.tokenFile, directory };
    const digest = digestEntry({ ...place, name: raw.name, path, source: sourceOf(path) }, notes);
    if (digest === null) continue;
    tokens.push({ name: raw.name, digest, role: raw.role, clusters: raw.clusters ?? null });
  }
  const digest = fromEnvironment('EYRIE_ADMIN_TOKEN', sources.adminToken, notes);
  if (digest !== null) tokens.push({ name: 'environment', digest, role: 'admin', clusters: null });
  return tokens;
}

function resolveSecrets(sources: CredentialSources, notes: Notes): IngestSecret[] {
  const { sourceOf, defaultCluster: cluster, defaultLatenessMs: latenessMs } = sources;
  const directory = sources.directoryOf('ingest.secrets');
  const secrets: IngestSecret[] = [];
  for (const [index, raw] of (sources.raw.ingest?.secrets ?? []).entries()) {
    const path = ['ingest', 'secrets', String(index)];
    const place = { key: 'secret' as const, text: raw.secret, file: raw.secretFile, directory };
    const digest = digestEntry({ ...place, name: raw.name, path, source: sourceOf(path) }, notes);
    if (digest === null) continue;
    secrets.push({
      name: raw.name,
      digest,
      cluster: raw.cluster ?? cluster,
      sensor: raw.sensor ?? 'any',
      latenessMs: raw.latenessMs ?? latenessMs,
    });
  }
  const digest = fromEnvironment('EYRIE_INGEST_SECRET', sources.ingestSecret, notes);
  if (digest !== null) {
    secrets.push({ name: 'environment', digest, cluster, sensor: 'any', latenessMs });
  }
  return secrets;
}

function fromEnvironment(source: string, text: string | undefined, notes: Notes): string | null {
  if (text === undefined || text === '') return null;
  const key = source === 'EYRIE_ADMIN_TOKEN' ? ('token' as const) : ('secret' as const);
  const place = { key, text, file: undefined, directory: '' };
  return digestEntry({ ...place, name: 'environment', path: [], source }, notes);
}

function digestEntry(entry: Entry, notes: Notes): string | null {
  const path = entry.path.join('.');
  const read = readSecret(entry);
  if (!read.ok) {
    notes.problems.push({ source: entry.source, path, message: read.message, fix: read.fix });
    return null;
  }
  if (read.text.length < SECRET_CHARS_MIN) {
    notes.warnings.push(
      `The ${entry.key} "${entry.name}" has fewer than ${SECRET_CHARS_MIN} characters and can be guessed.`,
    );
  }
  const digest = digestOf(read.text);
  claim(`${entry.key} ${entry.name}`, entry, notes);
  claim(digest, entry, notes);
  return digest;
}

/** Says so when a name or a secret is used a second time. */
function claim(what: string, entry: Entry, notes: Notes): void {
  const holder = notes.taken.get(what);
  if (holder === undefined) {
    notes.taken.set(what, `"${entry.name}"`);
    return;
  }
  const byName = what === `${entry.key} ${entry.name}`;
  notes.problems.push({
    source: entry.source,
    path: entry.path.join('.'),
    message: byName
      ? `the name "${entry.name}" is used twice`
      : `"${entry.name}" has the same ${entry.key} as ${holder}`,
    fix: 'Give each credential a name and a secret of its own.',
  });
}
