import { parse } from 'yaml';
import { nearestWord } from '../lib/nearest-word.ts';
import type { Setting } from './config-schema.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Variables that are no settings: the place of the file, two credentials, and what clients read. */
const OTHER_VARIABLES = [
  'EYRIE_CONFIG',
  'EYRIE_ADMIN_TOKEN',
  'EYRIE_INGEST_SECRET',
  'EYRIE_URL',
  'EYRIE_TOKEN',
];

/** What people write who have not looked it up; none of it is close to the right name. */
const MEANT: ReadonlyMap<string, string> = new Map([
  ['EYRIE_HOST', 'EYRIE_LISTEN_HOST'],
  ['EYRIE_PORT', 'EYRIE_LISTEN_PORT'],
  ['EYRIE_SECRET', 'EYRIE_INGEST_SECRET'],
  ['EYRIE_SECRETS', 'EYRIE_INGEST_SECRETS'],
  ['EYRIE_DB', 'EYRIE_DATABASE_FILE'],
  ['EYRIE_DATABASE', 'EYRIE_DATABASE_FILE'],
  ['EYRIE_RULES', 'EYRIE_RULES_DIRECTORY'],
]);

/** Kubernetes puts these into every pod beside a service whose name begins with `eyrie`. */
const SERVICE_LINK =
  /_SERVICE_(?:HOST|PORT(?:_[A-Z0-9_]+)?)$|_PORT_\d+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?$/;
const SERVICE_ADDRESS = /^(?:tcp|udp|sctp):\/\//;

const isServiceLink = (name: string, value = ''): boolean =>
  SERVICE_LINK.test(name) || (name.endsWith('_PORT') && SERVICE_ADDRESS.test(value));

/** One setting from outside of the file, with the name it goes by there. */
export interface OutsideValue {
  readonly path: readonly string[];
  readonly value: unknown;
  readonly source: string;
}

export interface EnvironmentSettings {
  readonly values: readonly OutsideValue[];
  readonly warnings: readonly string[];
}

/**
 * `listen.port` is `EYRIE_LISTEN_PORT`, `database.keepDays` is `EYRIE_DATABASE_KEEP_DAYS`. A list is
 * written as JSON and takes the place of the one in the file.
 */
export const variableOf = (path: readonly string[]): string =>
  `EYRIE_${path
    .join('_')
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toUpperCase()}`;

/**
 * The settings among the environment variables. An unknown `EYRIE_` variable is a warning and no
 * error, because the environment is filled by others too.
 */
export function readEnvironment(
  environment: Environment,
  settings: readonly Setting[],
): EnvironmentSettings {
  const values = settings.flatMap((setting) => {
    const source = variableOf(setting.path);
    const text = environment[source];
    if (text === undefined || text === '') return [];
    return [{ path: setting.path, value: readText(text, setting), source }];
  });
  return { values, warnings: unknownVariables(environment, settings) };
}

/**
 * Digits become a number and JSON (or YAML's flow form) a list where one is wanted; anything else is
 * left for the schema to refuse.
 */
export function readText(text: string, { form }: Setting): unknown {
  if (form === 'number') return /^\d+(?:\.\d+)?$/.test(text) ? Number(text) : text;
  return form === 'list' ? readList(text) : text;
}

/** What is no list stays text. */
function readList(text: string): unknown {
  if (!/^\s*\[/.test(text)) return text;
  try {
    return parse(text, { maxAliasCount: 0, logLevel: 'error' }) as unknown;
  } catch {
    return text;
  }
}

function unknownVariables(environment: Environment, settings: readonly Setting[]): string[] {
  const known = [...settings.map((setting) => variableOf(setting.path)), ...OTHER_VARIABLES];
  return Object.keys(environment)
    .filter((name) => name.startsWith('EYRIE_') && !known.includes(name))
    .filter((name) => !isServiceLink(name, environment[name]))
    .toSorted()
    .map((name) => {
      const nearest = MEANT.get(name) ?? nearestWord(name, known);
      const hint = nearest === null ? '' : ` Did you mean ${nearest}?`;
      return `The environment variable ${name} is not known and has no effect.${hint}`;
    });
}
