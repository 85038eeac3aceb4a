import { copyFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { Pool } from 'undici';
import { startServer, stopServer, type Server } from '../eyrie-process.ts';
import { writeStream } from '../generate-stream.ts';
import { readLiveLines } from '../live-lines.ts';
import { median } from '../quantile.ts';
import { freshDatabase, removeDatabase, type BenchSetup } from './bench-files.ts';

export interface RestartFigures {
  /** Processes that were started before the kill. */
  readonly processes: number;
  /** Journaled events behind the newest snapshot, counted in the file. */
  readonly tailEvents: number;
  /** From the start of the process until it says that it is ready, for each restart. */
  readonly readySeconds: readonly number[];
  readonly medianSeconds: number;
}

const PROCESSES = 100_000;
/** The next snapshot is taken about here, so the kill comes right before. */
const TAIL_EVENTS = 47_000;
const EVENTS_MAX = 400_000;
const BODY_RECORDS = 500;
const RESTARTS = 3;
const READY_POLL_MS = 10;

/** Fills a server with processes, kills it far behind its newest snapshot, and starts it again. */
export async function benchRestart(setup: BenchSetup): Promise<RestartFigures> {
  const events = join(setup.folder, 'execs.ndjson');
  writeStream(
    { seed: setup.seed, events: EVENTS_MAX, execsOnly: true },
    { events, pods: join(setup.folder, 'execs-pods.json') },
  );
  const db = freshDatabase(setup, 'restart');
  const server = await startServer(['--db', db]);
  const processes = await fillUntilTail(server, events);
  server.child.kill('SIGKILL');
  await server.ended;
  const tailEvents = countTail(db, join(setup.folder, 'restart-copy.sqlite'));
  const readySeconds: number[] = [];
  for (let round = 0; round < RESTARTS; round += 1) {
    const { seconds, restarted } = await timeRestart(db);
    readySeconds.push(seconds);
    if (round < RESTARTS - 1) restarted.child.kill('SIGKILL');
    else await stopServer(restarted);
    await restarted.ended;
  }
  removeDatabase(db);
  return { processes, tailEvents, readySeconds, medianSeconds: median(readySeconds) };
}

interface Status {
  readonly lastSnapshot: { readonly sequence: number } | null;
}

/** Sends process starts until there are enough of them and enough behind the newest snapshot. */
async function fillUntilTail(server: Server, file: string): Promise<number> {
  const pool = new Pool(server.url, { connections: 1 });
  const lines = readLiveLines(file, EVENTS_MAX);
  let snapshot: number | null = null;
  let sent = 0;
  let behind = 0;
  while (sent < lines.length) {
    const body = lines.slice(sent, sent + BODY_RECORDS).flatMap((line) => {
      line.happenAt(Math.floor(Date.now() / 1000));
      return [line.bytes, Buffer.from('\n')];
    });
    const answer = await pool.request({
      method: 'POST',
      path: '/v1/ingest',
      body: Buffer.concat(body),
    });
    const text = await answer.body.text();
    if (answer.statusCode !== 200) throw new Error(`The server answered ${text}`);
    sent += BODY_RECORDS;
    behind += BODY_RECORDS;
    const status = await readStatus(pool);
    const newest = status.lastSnapshot?.sequence ?? null;
    if (newest !== snapshot) behind = 0;
    snapshot = newest;
    if (sent >= PROCESSES && behind >= TAIL_EVENTS) break;
  }
  await pool.close();
  return sent;
}

async function readStatus(pool: Pool): Promise<Status> {
  const answer = await pool.request({ method: 'GET', path: '/v1/status' });
  return (await answer.body.json()) as Status;
}

/** Counts in a copy, because opening the file itself would already recover it. */
function countTail(db: string, copy: string): number {
  removeDatabase(copy);
  for (const suffix of ['', '-wal']) {
    if (existsSync(db + suffix)) copyFileSync(db + suffix, copy + suffix);
  }
  const database = new Database(copy);
  const row = database
    .prepare<[], { tail: number }>(
      `SELECT coalesce(sum(record_count), 0) AS tail FROM journal
       WHERE sequence > (SELECT coalesce(max(sequence), 0) FROM snapshot)`,
    )
    .get();
  database.close();
  removeDatabase(copy);
  return row?.tail ?? 0;
}

async function timeRestart(db: string): Promise<{ seconds: number; restarted: Server }> {
  const started = performance.now();
  const restarted = await startServer(['--db', db]);
  const pool = new Pool(restarted.url, { connections: 1 });
  for (;;) {
    const answer = await pool.request({ method: 'GET', path: '/readyz' });
    await answer.body.dump();
    if (answer.statusCode === 200) break;
    await new Promise((resolve) => {
      setTimeout(resolve, READY_POLL_MS);
    });
  }
  const seconds = (performance.now() - started) / 1000;
  await pool.close();
  return { seconds, restarted };
}
