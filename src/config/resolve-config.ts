import { fileURLToPath } from 'node:url';
import { parseDuration } from '../lib/parse-duration.ts';
import type { Config, FollowedPath, RawConfig, RawFile } from './config.ts';
import { DEFAULT_CORE_SETTINGS } from './core-settings.ts';
import { LIMITS } from './limits.ts';
import { parseSize } from './parse-size.ts';
import type { Credentials } from './resolve-credentials.ts';

const DAY_MS = 86_400_000;
const DEFAULT_HOST = '127.0.0.1';
const DEFAULT_PORT = 7780;
const BUILT_IN_RULES = fileURLToPath(new URL('../../rules', import.meta.url));

/** What a configuration needs beside the settings themselves. */
export interface Surroundings {
  readonly source: string | null;
  readonly insecure: boolean;
  readonly warnings: readonly string[];
  readonly defaultDatabase: string;
  /** Absolute names of files that the command line says are to be followed. */
  readonly follow: readonly string[];
  /** Makes the file name of a setting absolute; where it starts depends on where it was set. */
  readonly pathOf: (setting: string, value: string) => string;
}

/** Fills what is missing with defaults and reads durations and sizes. */
export function resolveConfig(
  raw: RawConfig,
  credentials: Credentials,
  around: Surroundings,
): Config {
  const cluster = { name: raw.cluster?.name ?? 'default' };
  const latenessMs = raw.latenessMs ?? LIMITS.latenessMs;
  return {
    source: around.source,
    listen: resolveListen(raw.listen ?? {}),
    database: resolveDatabase(raw.database ?? {}, around),
    rules: { directory: resolveRules(raw.rules?.directory, around) },
    cluster,
    ingest: { secrets: credentials.secrets, ...resolveIntake(raw.ingest ?? {}) },
    files: resolveFiles(raw.files ?? [], { cluster: cluster.name, latenessMs }, around),
    tokens: credentials.tokens,
    incidents: resolveIncidents(raw.incidents ?? {}),
    publicUrl: raw.publicUrl?.replace(/\/+$/, '') ?? null,
    latenessMs,
    insecure: around.insecure,
    warnings: around.warnings,
  };
}

type Block<Name extends keyof RawConfig> = NonNullable<RawConfig[Name]>;

const resolveListen = ({ host = DEFAULT_HOST, port = DEFAULT_PORT }: Block<'listen'>) => ({
  host: host.replace(/^\[(.*)\]$/, '$1'),
  port,
});

function resolveDatabase(raw: Block<'database'>, around: Surroundings): Config['database'] {
  const { file, durability = 'full', keepDays } = raw;
  return {
    file: file === undefined ? around.defaultDatabase : around.pathOf('database.file', file),
    durability,
    keepMs: keepDays === undefined ? LIMITS.journalKeepMs : Math.round(keepDays * DAY_MS),
    keepBytes: sizeOr(raw.keepBytes, LIMITS.journalKeepBytes),
  };
}

const resolveRules = (directory: string | undefined, around: Surroundings): string =>
  directory === undefined ? BUILT_IN_RULES : around.pathOf('rules.directory', directory);

function resolveIntake(raw: Block<'ingest'>): Omit<Config['ingest'], 'secrets'> {
  return {
    bodyBytesMax: sizeOr(raw.bodyBytesMax, LIMITS.bodyBytesMax),
    intakeBytesMax: sizeOr(raw.intakeBytesMax, LIMITS.intakeBytesMax),
    intakeWaitMs: durationOr(raw.intakeWait, LIMITS.intakeWaitMs),
    falcoIntakeWaitMs: durationOr(raw.falcoIntakeWait, LIMITS.falcoIntakeWaitMs),
  };
}

function resolveFiles(
  files: readonly RawFile[],
  defaults: Pick<FollowedPath, 'cluster' | 'latenessMs'>,
  { pathOf, follow }: Surroundings,
): readonly FollowedPath[] {
  const named = files.map((file): FollowedPath => {
    const { sensor = 'any', from = 'start' } = file;
    const { cluster = defaults.cluster, latenessMs = defaults.latenessMs } = file;
    return { path: pathOf('files', file.path), sensor, cluster, latenessMs, from };
  });
  const asked = follow.map((path): FollowedPath => {
    const { cluster, latenessMs } = defaults;
    return { path, sensor: 'any', cluster, latenessMs, from: 'start' };
  });
  return [...named, ...asked];
}

function resolveIncidents(raw: Block<'incidents'>): Config['incidents'] {
  const defaults = DEFAULT_CORE_SETTINGS;
  return {
    quietPeriodMs: durationOr(raw.quietPeriod, defaults.quietPeriodMs),
    spanMaxMs: durationOr(raw.spanMax, defaults.incidentSpanMaxMs),
    reopenWindowMs: durationOr(raw.reopenWindow, defaults.reopenWindowMs),
    revisionHorizonMs: durationOr(raw.revisionHorizon, defaults.revisionHorizonMs),
    evidencePerRuleMax: raw.evidencePerRuleMax ?? defaults.evidencePerRuleMax,
    levelMin: raw.levelMin ?? defaults.incidentLevelMin,
  };
}

// The schema has let only readable durations and sizes through.
const durationOr = (text: string | undefined, otherwise: number): number =>
  text === undefined ? otherwise : (parseDuration(text) ?? otherwise);

const sizeOr = (value: string | number | undefined, otherwise: number): number =>
  value === undefined ? otherwise : (parseSize(value) ?? otherwise);
