// Each line exactly once: logs grow and are rotated while the server that follows them is killed.
import { mkdirSync, symlinkSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { rebuildDatabase, verifyDatabase } from '../../../src/app.ts';
import { LIMITS } from '../../../src/config/limits.ts';
import { SILENT_LOGGER } from '../../../src/telemetry/log.ts';
import { getJson } from '../../support/post-events.ts';
import { createTemporaryFiles, type TemporaryFiles } from '../../support/temporary-files.ts';
import { readResults } from '../crash/compare-databases.ts';
import { checkIntegrity, countJournal, type JournalCount } from '../crash/independent-journal.ts';
import { MARKER, NodeAuthor } from '../crash/ledger.ts';
import type { ChildOptions } from '../support/child-protocol.ts';
import { findFreePort, startAndKill, startProcess } from '../support/server-process.ts';
import { ContainerLog, RenamedLog, type RotatingLog, TruncatedLog } from './rotating-log.ts';

const LIVES = 12;
const LIFE_MIN_MS = 700;
const LIFE_SPREAD_MS = 1_800;
const DOWN_MS = 1_200;
const WRITE_MS = 20;
/** Lines per second of each of the three logs. */
const RATE = 500;
const MS_PER_SECOND = 1000;
const SHOWN = 5;

let files: TemporaryFiles;
beforeEach(() => {
  files = createTemporaryFiles();
});
afterEach(() => files.remove());

function makeLogs(): { logs: readonly RotatingLog[]; follow: readonly string[] } {
  for (const folder of ['tetragon', 'falco', 'containers', 'pods']) mkdirSync(files.path(folder));
  const real = files.path('pods/0.log');
  const link = files.path('containers/export.log');
  symlinkSync(real, link);
  const [one, two, three] = [0, 1, 2].map((number) => new NodeAuthor(number, 'shop'));
  if (one === undefined || two === undefined || three === undefined) throw new Error('No author.');
  const renamed = new RenamedLog(files.path('tetragon/tetragon.log'), one);
  const truncated = new TruncatedLog(files.path('falco/events.log'), two);
  const container = new ContainerLog({ link, real }, three);
  return {
    logs: [renamed, truncated, container],
    follow: [renamed.path, truncated.path, `${dirname(link)}/*.log`],
  };
}

interface Writer {
  /** Rotates one of the logs, chosen at random; settles when it is done. */
  rotateOne(): Promise<void>;
  stop(): Promise<void>;
}

/** Writes to all logs, and rotates each now and then, until it is stopped. */
function startWriter(logs: readonly RotatingLog[]): Writer {
  const state = { stopped: false };
  const busy = new Map<RotatingLog, Promise<void>>();
  const rotate = async (log: RotatingLog): Promise<void> => {
    const turn = (busy.get(log) ?? Promise.resolve()).then(async () => log.rotate());
    busy.set(log, turn);
    await turn;
  };
  const write = async (log: RotatingLog): Promise<void> => {
    let dueMs = performance.now();
    while (!state.stopped) {
      const count = 1 + Math.floor(Math.random() * ((2 * RATE * WRITE_MS) / MS_PER_SECOND));
      log.write(count);
      dueMs += (count / RATE) * MS_PER_SECOND;
      await sleep(Math.max(0, dueMs - performance.now()));
    }
  };
  const rotateOften = async (log: RotatingLog): Promise<void> => {
    while (!state.stopped) {
      await sleep(100 + Math.random() * 2_500);
      await rotate(log);
    }
  };
  const work = logs.flatMap((log) => [write(log), rotateOften(log)]);
  return {
    rotateOne: async () => {
      const log = logs[Math.floor(Math.random() * logs.length)];
      if (log !== undefined) await rotate(log);
    },
    async stop() {
      state.stopped = true;
      await Promise.all(work);
      for (const log of logs) log.write(0);
      // What was cut off last gets its end.
      for (const log of logs) await log.rotate();
      for (const log of logs) log.write(1);
      for (const log of logs) await log.rotate();
    },
  };
}

/** One life of the server: it may end at any time, in a rotation, or before it served. */
async function playLife(life: number, child: ChildOptions, writer: Writer): Promise<void> {
  if (life % 4 === 3) await startAndKill(child, Math.random() * MS_PER_SECOND);
  const server = await startProcess(child);
  await sleep(LIFE_MIN_MS + Math.random() * LIFE_SPREAD_MS);
  const rotation = life % 2 === 0 ? writer.rotateOne() : null;
  if (rotation !== null) await sleep(Math.random() * 30);
  server.signal('SIGKILL');
  const { signal, code } = await server.ended;
  if (signal !== 'SIGKILL') throw new Error(`It ended with ${code}:\n${server.stderr()}`);
  await rotation;
  await sleep(Math.random() * DOWN_MS);
  if (life % 3 === 0) await writer.rotateOne();
  if (life % 6 === 0) await writer.rotateOne();
}

/** What was rotated before anybody followed it is not read, so all are seen once before that. */
async function seeAll(child: ChildOptions, lines: number): Promise<void> {
  const server = await startProcess(child);
  for (;;) {
    const status = await getJson<Status>(`${server.url}/v1/status`);
    // The last line of each may still lack its end.
    if ((status.events['accepted'] ?? 0) >= lines - status.files.length) break;
    await sleep(50);
  }
  server.signal('SIGKILL');
  await server.ended;
}

interface Status {
  readonly events: Readonly<Record<string, number>>;
  readonly held: { readonly events: number };
  readonly files: readonly {
    readonly path: string;
    readonly behindBytes: number;
    readonly lines: number;
    readonly error: string | null;
  }[];
}

/** The last life: everything is read, nothing is held, and it ends when it is asked to. */
async function endInGoodOrder(child: ChildOptions, expected: number): Promise<Status> {
  const server = await startProcess(child);
  const deadlineMs = performance.now() + 60_000;
  for (;;) {
    const status = await getJson<Status>(`${server.url}/v1/status`);
    const isRead = status.files.every((file) => file.behindBytes === 0 && file.error === null);
    const { accepted = 0 } = status.events;
    const isDone = isRead && accepted >= expected && status.held.events === 0;
    if (isDone || performance.now() > deadlineMs) {
      // Long enough for anything that would be read twice.
      await sleep(1_000);
      const last = await getJson<Status>(`${server.url}/v1/status`);
      server.signal('SIGTERM');
      expect(await server.ended, server.stderr()).toEqual({ code: 0, signal: null });
      return last;
    }
    await sleep(200);
  }
}

/** Every line of the ledger against the records of the journal, whatever became of them. */
function judge(count: JournalCount, logs: readonly RotatingLog[]): readonly string[] {
  const problems = [...count.problems];
  const markers = logs.flatMap((log) => log.events.map(({ marker }) => marker));
  if (new Set(markers).size !== markers.length) problems.push('the ledger has a marker twice');
  const timesOf = (marker: string): number => count.markers.get(marker)?.rows.length ?? 0;
  const missing = markers.filter((marker) => timesOf(marker) === 0);
  const twice = markers.filter((marker) => timesOf(marker) > 1);
  if (missing.length > 0) {
    problems.push(`${missing.length} lines are lost: ${missing.slice(0, SHOWN).join(', ')}`);
  }
  if (twice.length > 0) {
    problems.push(`${twice.length} lines are there twice: ${twice.slice(0, SHOWN).join(', ')}`);
  }
  if (count.markers.size !== markers.length) {
    problems.push(`${count.markers.size} markers in the journal, ${markers.length} written`);
  }
  return problems;
}

const readPositions = (file: string): readonly unknown[] => {
  const db = new Database(file, { readonly: true });
  const rows = db.prepare('SELECT * FROM source_position ORDER BY source').all();
  db.close();
  return rows;
};

test('each line once, whatever is rotated and whenever the server is killed', async () => {
  const { logs, follow } = makeLogs();
  for (const log of logs) log.write(50);
  const databaseFile = files.path('follower.sqlite');
  const child: ChildOptions = {
    databaseFile,
    rulesDirectory: files.rulesDirectory,
    port: await findFreePort(),
    snapshotEvents: 2_000,
    latenessMs: LIMITS.latenessMs,
    writer: 'watched',
    hold: null,
    plants: [],
    follow,
  };
  await seeAll(
    child,
    logs.reduce((sum, log) => sum + log.events.length, 0),
  );
  const beganMs = performance.now();
  const writer = startWriter(logs);
  for (let life = 0; life < LIVES; life += 1) await playLife(life, child, writer);
  await writer.stop();
  const writtenMs = performance.now() - beganMs;
  const written = logs.reduce((sum, log) => sum + log.events.length, 0);
  const status = await endInGoodOrder(child, written);

  const count = countJournal(databaseFile, MARKER);
  const rotations = logs.map((log) => log.rotations);
  const noise = logs.reduce((sum, log) => sum + log.noise, 0);
  console.log({
    lives: LIVES,
    lines: written,
    linesPerSecond: Math.round((written / writtenMs) * MS_PER_SECOND),
    rotations,
    journalRows: count.rows,
    seconds: Math.round((performance.now() - beganMs) / MS_PER_SECOND),
  });
  expect(judge(count, logs)).toEqual([]);
  expect(count).toMatchObject({ accepted: written, duplicate: 0, rejected: 0, skipped: noise });
  expect(written / (writtenMs / MS_PER_SECOND)).toBeGreaterThan(1_000);
  expect(Math.min(...rotations)).toBeGreaterThanOrEqual(10);
  const lines = status.files.reduce((sum, file) => sum + file.lines, 0);
  expect(lines).toBe(written + noise);

  expect(checkIntegrity(databaseFile)).toBe('ok');
  const checks = await verifyDatabase(databaseFile);
  expect(checks.filter((check) => !check.ok)).toEqual([]);
  const rebuilt = files.path('rebuilt.sqlite');
  await rebuildDatabase({ from: databaseFile, to: rebuilt, log: SILENT_LOGGER });
  expect(readResults(rebuilt)).toEqual(readResults(databaseFile));
  expect(readPositions(rebuilt)).toEqual(readPositions(databaseFile));
  expect(readPositions(databaseFile).length).toBeGreaterThanOrEqual(logs.length);
});
