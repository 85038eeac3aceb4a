import { dirname, resolve } from 'node:path';
import { ConfigError } from './config-error.ts';
import { readConfigFile, type ConfigFile } from './config-file.ts';
import { loadConfigSchema, type ConfigSchema } from './config-schema.ts';
import type { Config, RawConfig } from './config.ts';
import { readEnvironment, readText, type Environment, type OutsideValue } from './environment.ts';
import { isLoopback } from './is-loopback.ts';
import { LIMITS } from './limits.ts';
import { resolveConfig } from './resolve-config.ts';
import { resolveCredentials } from './resolve-credentials.ts';

/** Settings of the command line, named as its flags are. They win over everything else. */
export interface ConfigFlags {
  readonly config?: string | undefined;
  readonly host?: string | undefined;
  readonly port?: string | number | undefined;
  readonly db?: string | undefined;
  readonly rules?: string | undefined;
  readonly insecure?: boolean | undefined;
  /** Files to follow beside those of the configuration. */
  readonly follow?: readonly string[] | undefined;
}

export interface ConfigSources {
  readonly flags: ConfigFlags;
  readonly environment: Environment;
  /** Relative names on the command line and in the environment start here. */
  readonly directory: string;
}

const FLAG_PATHS = [
  ['host', ['listen', 'host']],
  ['port', ['listen', 'port']],
  ['db', ['database', 'file']],
  ['rules', ['rules', 'directory']],
] as const;

/**
 * Puts the configuration together: defaults, then `eyrie.yaml`, then `EYRIE_` variables, then flags.
 * The result is frozen. Throws a ConfigError that lists everything that is wrong.
 */
export function loadConfig(sources: ConfigSources): Config {
  const schema = loadConfigSchema();
  const named = sources.flags.config ?? (sources.environment['EYRIE_CONFIG'] || null);
  const file = readConfigFile(named, sources.directory);
  const environment = readEnvironment(sources.environment, schema.settings);
  const outside = [...environment.values, ...readFlags(sources.flags, schema)];
  const sourceOf = sourceFinder(file, outside);
  const merged = mergeValues(file.values, outside);
  const problems = schema.check(merged, sourceOf);
  if (problems.length > 0) throw new ConfigError(problems);
  const raw = merged as RawConfig;
  const fileDirectory = file.path === null ? sources.directory : dirname(file.path);
  const fromOutside = new Set(outside.map((value) => value.path.join('.')));
  const credentials = resolveCredentials({
    raw,
    adminToken: sources.environment['EYRIE_ADMIN_TOKEN'],
    ingestSecret: sources.environment['EYRIE_INGEST_SECRET'],
    directoryOf: (setting) => (fromOutside.has(setting) ? sources.directory : fileDirectory),
    defaultCluster: raw.cluster?.name ?? 'default',
    defaultLatenessMs: raw.latenessMs ?? LIMITS.latenessMs,
    sourceOf,
  });
  if (credentials.problems.length > 0) throw new ConfigError(credentials.problems);
  const pathOf = (setting: string, value: string): string =>
    resolve(fromOutside.has(setting) ? sources.directory : fileDirectory, value);
  const config = resolveConfig(raw, credentials, {
    source: file.path,
    insecure: sources.flags.insecure ?? false,
    warnings: [...environment.warnings, ...credentials.warnings],
    defaultDatabase: resolve(sources.directory, 'eyrie.sqlite'),
    follow: (sources.flags.follow ?? []).map((path) => resolve(sources.directory, path)),
    pathOf,
  });
  refuseOpenAddress(config, sourceOf(['listen', 'host']));
  return deepFreeze(config);
}

function readFlags(flags: ConfigFlags, schema: ConfigSchema): OutsideValue[] {
  return FLAG_PATHS.flatMap(([flag, path]) => {
    const value = flags[flag];
    if (value === undefined) return [];
    const setting = schema.settings.find((one) => one.path.join('.') === path.join('.'));
    const read = setting === undefined ? value : readText(String(value), setting);
    return [{ path, value: read, source: `--${flag}` }];
  });
}

/**
 * A later value of the same path wins, so that flags go before variables. A block whose lines are
 * all commented out is null in YAML and counts as not there.
 */
function mergeValues(fileValues: unknown, outside: readonly OutsideValue[]): unknown {
  if (!isBlock(fileValues)) return fileValues;
  const written = Object.entries(fileValues).filter(([, value]) => value !== null);
  const merged: Record<string, unknown> = Object.fromEntries(written);
  for (const { path, value } of outside) {
    const [first = '', second] = path;
    if (second === undefined) {
      merged[first] = value;
      continue;
    }
    const block = merged[first] ?? {};
    // What is no block stays as it is, for the schema to complain about.
    if (isBlock(block)) merged[first] = { ...block, [second]: value };
  }
  return merged;
}

const isBlock = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function sourceFinder(file: ConfigFile, outside: readonly OutsideValue[]) {
  return (path: readonly string[]): string => {
    const found = outside.findLast((value) => value.path.every((key, at) => key === path[at]));
    return found?.source ?? file.sourceOf(path);
  };
}

/** Nobody shall find an open Eyrie on the network because a line was forgotten. */
function refuseOpenAddress(config: Config, source: string): void {
  if (isLoopback(config.listen.host) || config.insecure || config.tokens.length > 0) return;
  throw new ConfigError([
    {
      source,
      path: 'listen.host',
      message: `${config.listen.host} can be reached from other machines, but no token is set, so everybody could read and close incidents`,
      fix: 'Set "tokens" for people and "ingest.secrets" for sensors (or EYRIE_ADMIN_TOKEN and EYRIE_INGEST_SECRET), or listen on 127.0.0.1, or pass --insecure if you mean it.',
    },
  ]);
}

function deepFreeze<Value>(value: Value): Value {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const child of Object.values(value)) deepFreeze(child);
  return value;
}
