// Nothing lost, nothing twice: the server is killed again and again while clients send known events.
import { writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { rebuildDatabase, replayFiles, verifyDatabase } from '../../../src/app.ts';
import { LIMITS } from '../../../src/config/limits.ts';
import { loadConfig } from '../../../src/config/load-config.ts';
import { SILENT_LOGGER } from '../../../src/telemetry/log.ts';
import { findFreePort, startProcess } from '../support/server-process.ts';
import { createTemporaryFiles, type TemporaryFiles } from '../../support/temporary-files.ts';
import { type Closer, startCloser } from './closer.ts';
import { readResults, readStories } from './compare-databases.ts';
import { checkIntegrity } from './independent-journal.ts';
import { countKillsBetween, judgeJournal } from './judge-journal.ts';
import { CLOSING_NAMESPACE, ndjson } from './ledger.ts';
import { type KillMoment, type Life, playRound, type RoundOptions } from './rounds.ts';
import { type Senders, startSenders } from './senders.ts';

const MOMENTS: readonly KillMoment[] = ['random', 'snapshot', 'answer'];
const ROUNDS = 22;
const RATE = 1_500;
const SNAPSHOT_EVENTS = 2_000;
const HOLD = { minMs: 5, maxMs: 15 };
const MS_PER_SECOND = 1000;

let files: TemporaryFiles;
beforeEach(() => {
  files = createTemporaryFiles();
});
afterEach(() => files.remove());

async function setUp(writer: 'watched' | 'early') {
  const port = await findFreePort();
  const databaseFile = files.path('crash.sqlite');
  const { rulesDirectory } = files;
  const child = {
    databaseFile,
    rulesDirectory,
    port,
    snapshotEvents: SNAPSHOT_EVENTS,
    latenessMs: LIMITS.latenessMs,
    writer,
    plants: [],
  };
  const url = `http://127.0.0.1:${port}`;
  const senders = startSenders({ url, rate: RATE });
  const options: RoundOptions = { child, senders, hold: HOLD, holdAlways: writer === 'early' };
  return { url, databaseFile, senders, options };
}

/** The last life: everybody is answered, nothing is held any more, and it ends when it is asked to. */
async function endInGoodOrder(
  url: string,
  { child }: RoundOptions,
  { senders, closer }: { senders: Senders; closer: Closer | null },
) {
  const server = await startProcess({ ...child, hold: null });
  await senders.finish();
  await closer?.stop();
  const status = await waitUntilNothingIsHeld(url);
  const beganMs = performance.now();
  server.signal('SIGTERM');
  const ended = await server.ended;
  return { ended, tookMs: performance.now() - beganMs, status, stderr: server.stderr() };
}

interface Status {
  readonly events: Readonly<Record<string, number>>;
  readonly held: { readonly events: number };
  readonly outputsDiffered: number;
  readonly coreFaults: number;
}

async function waitUntilNothingIsHeld(url: string): Promise<Status> {
  for (;;) {
    const status = (await (await fetch(`${url}/v1/status`)).json()) as Status;
    if (status.held.events === 0) return status;
    await sleep(200);
  }
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);

/** Events per second while the server was there. */
const rateOf = (lives: readonly Life[]): number =>
  sum(lives.map((life) => life.answered)) /
  (sum(lives.map((life) => life.killedMs - life.beganMs)) / MS_PER_SECOND);

test('killed at random, while a snapshot is written and between commit and answer', async () => {
  const { url, databaseFile, senders, options } = await setUp('watched');
  const closer = startCloser(url);
  const lives: Life[] = [];
  for (let life = 0; life < ROUNDS; life += 1) {
    const moment = MOMENTS[life % MOMENTS.length] ?? 'random';
    lives.push(await playRound(life, moment, options));
  }
  const end = await endInGoodOrder(url, options, { senders, closer });
  expect(end.ended, end.stderr).toEqual({ code: 0, signal: null });
  expect(end.tookMs).toBeLessThan(10_000);
  expect(senders.complaints).toEqual([]);

  const verdict = judgeJournal(databaseFile, senders.bodies);
  const unanswered = lives.filter(({ life }) =>
    senders.bodies.some((body) => body.unansweredIn.includes(life)),
  ).length;
  const cutSnapshots = lives.filter((life) => life.cutSnapshot).length;
  const between = countKillsBetween(verdict.count, senders.bodies, lives);
  const figures = {
    rounds: lives.length,
    events: verdict.ledgerSize,
    eventsPerSecond: Math.round(rateOf(lives)),
    journalRows: verdict.count.rows,
    duplicates: verdict.count.duplicate,
    late: end.status.events['late'],
    killsWithUnansweredRequests: unanswered,
    killsInASnapshot: cutSnapshots,
    killsBetweenCommitAndAnswer: between,
    closed: closer.closed,
    restartMsMax: Math.round(Math.max(...lives.map((life) => life.startMs))),
    stopMs: Math.round(end.tookMs),
  };
  console.log(figures);

  expect(verdict.problems).toEqual([]);
  expect(figures.eventsPerSecond).toBeGreaterThanOrEqual(1_000);
  expect(unanswered).toBeGreaterThanOrEqual(10);
  expect(cutSnapshots).toBeGreaterThanOrEqual(3);
  expect(between).toBeGreaterThanOrEqual(3);
  expect(closer.closed).toBeGreaterThanOrEqual(3);
  expect(end.status.events).toMatchObject({
    received: verdict.count.received,
    accepted: verdict.count.accepted,
    duplicate: verdict.count.duplicate,
  });
  // Everybody was back within ten seconds, so nothing came too late for its place.
  expect(end.status.events['late']).toBe(0);
  expect(end.status).toMatchObject({ outputsDiffered: 0, coreFaults: 0 });

  expect(checkIntegrity(databaseFile)).toBe('ok');
  const checks = await verifyDatabase(databaseFile);
  expect(checks.filter((check) => !check.ok)).toEqual([]);

  const rebuilt = files.path('rebuilt.sqlite');
  await rebuildDatabase({ from: databaseFile, to: rebuilt, log: SILENT_LOGGER });
  const results = readResults(databaseFile);
  expect(results.incidents.length).toBeGreaterThan(20);
  expect(results.findings.length).toBeGreaterThan(200);
  expect(readResults(rebuilt)).toEqual(results);

  const stories = readStories(databaseFile, CLOSING_NAMESPACE);
  expect(stories.length).toBeGreaterThan(20);
  expect(await replayStories(senders)).toEqual(stories);
});

/** The incidents of the same ledger when nothing ever goes wrong. */
async function replayStories(senders: Senders): Promise<readonly string[]> {
  const ledger = files.path('ledger.ndjson');
  writeFileSync(ledger, ndjson(senders.bodies.flatMap((body) => body.events)));
  const db = files.path('uninterrupted.sqlite');
  const config = loadConfig({
    flags: { db, rules: files.rulesDirectory },
    environment: {},
    directory: files.rulesDirectory,
  });
  const { events } = await replayFiles({
    config,
    files: [ledger],
    podDumps: [],
    log: SILENT_LOGGER,
  });
  expect(events).toMatchObject({ duplicate: 0, rejected: 0, skipped: 0, late: 0 });
  return readStories(db, CLOSING_NAMESPACE);
}

test('finds a server that answers before it has stored', async () => {
  const { url, databaseFile, senders, options } = await setUp('early');
  for (let life = 0; life < 4; life += 1) await playRound(life, 'random', options);
  const end = await endInGoodOrder(url, options, { senders, closer: null });
  expect(end.ended, end.stderr).toEqual({ code: 0, signal: null });
  const verdict = judgeJournal(databaseFile, senders.bodies);
  console.log({ events: verdict.ledgerSize, lost: verdict.missing });
  expect(verdict.missing).toBeGreaterThan(0);
});
