// What somebody named on the command line, read and checked before a database is made for it.
import { access, constants, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { dirname } from 'node:path';
import type { Config } from './config/config.ts';
import { toCoreSettings } from './config/core-settings.ts';
import { type CompiledRuleSet, compileRuleSet } from './detect/compile-rule-set.ts';
import type { Engine } from './engine.ts';
import { InputError } from './ingest/input-error.ts';
import { podDumpParts, type PodDumps, readPodDumps } from './ingest/read-pod-dumps.ts';
import { readRulesFolder } from './ingest/rules-folder.ts';
import { stableId } from './lib/stable-id.ts';
import type { RuleSetChange, SettingsChange } from './model/observation.ts';
import type { Logger } from './telemetry/log.ts';

export interface InputOptions {
  readonly config: Config;
  readonly podDumps: readonly string[];
  readonly log: Logger;
}

export interface Inputs {
  readonly rules: RuleSetChange;
  /** The same, compiled. */
  readonly compiled: CompiledRuleSet;
  readonly dumps: PodDumps;
}

/**
 * Reads rules and pod dumps, and looks whether the database can be where it should be.
 *
 * @throws InputError, or the system's error with the path in it.
 */
export async function readInputs({ config, podDumps, log }: InputOptions): Promise<Inputs> {
  const { directory } = config.rules;
  const rules = await readRulesFolder(directory);
  if (rules.files.length === 0) {
    log.warn({ directory }, 'The folder holds no rules: only what sensors report can be found.');
  }
  const compiled = compileRuleSet(rules.files);
  for (const problem of compiled.problems) {
    log.warn({ problem }, 'A rule can not be used and is left out.');
  }
  const dumps = await readPodDumps(podDumps, config.cluster.name);
  for (const problem of dumps.problems) log.warn({ problem }, 'Part of a pod dump was not read.');
  await checkDatabaseFile(config.database.file);
  return { rules, compiled, dumps };
}

/** Makes rules, settings and pods known to a running engine. */
export async function bringIntoEffect(
  engine: Engine,
  config: Config,
  { rules, dumps }: Inputs,
): Promise<void> {
  await engine.bringIntoEffect(rules, settingsChange(config));
  const parts = podDumpParts(dumps, config.cluster.name, engine.clock.now());
  if (parts.length > 0) await engine.intake.deliver(parts);
}

function settingsChange(config: Config): SettingsChange {
  const settings = toCoreSettings(config);
  return { kind: 'settings', hash: stableId([JSON.stringify(settings)]), settings };
}

/** Can this file be opened for writing, or be made? Says what SQLite would not. */
async function checkDatabaseFile(file: string): Promise<void> {
  const folder = dirname(file);
  const stats = await stat(folder).catch(() => null);
  if (stats?.isDirectory() !== true) {
    throw new InputError(`${file}: there is no folder ${folder} for the database`);
  }
  const found = await stat(file).catch(() => null);
  if (found?.isDirectory() === true) throw new InputError(`${file}: it is a folder, no database`);
  const { R_OK, W_OK } = constants;
  const mayWrite = async (path: string): Promise<void> =>
    access(path, R_OK | W_OK).catch((error: unknown) => {
      throw new InputError(`${path}: it may not be written`, { cause: error });
    });
  // SQLite keeps its log beside the file, so the folder has to be open as well.
  await mayWrite(folder);
  if (found !== null) await mayWrite(file);
}

/** Is the host one of this machine? Rejects as listening would; the port is left alone. */
export async function checkHost(host: string): Promise<void> {
  const probe = createServer();
  await new Promise<void>((resolve, reject) => {
    probe.once('error', reject);
    probe.listen({ host, port: 0 }, resolve);
  });
  await new Promise<void>((resolve) => {
    probe.close(() => resolve());
  });
}
