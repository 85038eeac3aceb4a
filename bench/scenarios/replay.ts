import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startEyrie, runScript } from '../eyrie-process.ts';
import type { ParseFigures } from '../json-parse-loop.ts';
import { median } from '../quantile.ts';
import { databaseBytes, freshDatabase, removeDatabase, type BenchSetup } from './bench-files.ts';

/** One replay of the stream. */
export interface ReplayRun {
  readonly wallSeconds: number;
  readonly eventsPerSecond: number;
  readonly peakBytes: number;
  readonly storedBytesPerEvent: number;
  readonly incidents: number;
  readonly ledger: Readonly<Record<string, number>>;
  /** The yardstick right before this run, in lines per second. */
  readonly parsePerSecond: number;
}

export interface ReplayFigures {
  readonly folded: readonly ReplayRun[];
  /** The same stream with every finding kept as evidence of its own. */
  readonly unfolded: ReplayRun;
}

/** No rule of the stream matches so often in one incident. */
const EVERY_FINDING = 1_000_000_000;

export async function benchReplay(setup: BenchSetup): Promise<ReplayFigures> {
  const folded: ReplayRun[] = [];
  for (let round = 0; round < setup.repeat; round += 1) folded.push(await replayOnce(setup, null));
  const configFile = join(setup.folder, 'unfolded.yaml');
  writeFileSync(configFile, `incidents:\n  evidencePerRuleMax: ${EVERY_FINDING}\n`);
  return { folded, unfolded: await replayOnce(setup, configFile) };
}

interface ReplayOutput {
  readonly events: Readonly<Record<string, number>>;
  readonly incidents: readonly unknown[];
}

async function replayOnce(setup: BenchSetup, configFile: string | null): Promise<ReplayRun> {
  const parse = (await runScript('json-parse-loop.ts', [setup.streamFile])) as ParseFigures;
  const db = freshDatabase(setup, 'replay');
  const outputFile = join(setup.folder, 'replay.json');
  const config = configFile === null ? [] : ['--config', configFile];
  const args = ['replay', setup.streamFile, '--pods', setup.podsFile, '--db', db, ...config];
  const started = performance.now();
  const eyrie = startEyrie([...args, '--json'], outputFile);
  const code = await eyrie.ended;
  const wallSeconds = (performance.now() - started) / 1000;
  if (code !== 0) throw new Error(`eyrie replay ended with ${code}: ${eyrie.errors()}`);
  const output = JSON.parse(readFileSync(outputFile, 'utf8')) as ReplayOutput;
  const run = {
    wallSeconds,
    eventsPerSecond: setup.events / wallSeconds,
    peakBytes: eyrie.peakBytes(),
    storedBytesPerEvent: databaseBytes(db) / setup.events,
    incidents: output.incidents.length,
    ledger: output.events,
    parsePerSecond: parse.lines / parse.seconds,
  };
  removeDatabase(db);
  return run;
}

/** The median of one figure over the runs. */
export const medianOf = (runs: readonly ReplayRun[], pick: (run: ReplayRun) => number): number =>
  median(runs.map(pick));
