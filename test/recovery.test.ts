// A restart and a rebuild must see the same ticks, also those that changed nothing when they came.
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deserialize, serialize } from 'node:v8';
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import Database from 'better-sqlite3';
import { describe, expect, onTestFinished, test } from 'vitest';
import { DEFAULT_CORE_SETTINGS } from '../src/config/core-settings.ts';
import { type Engine, openEngine } from '../src/engine.ts';
import { observeEngine } from '../src/engine-observer.ts';
import { tickPart } from '../src/ingest/clock.ts';
import type { Part } from '../src/model/part.ts';
import { rebuild } from '../src/rebuild.ts';
import { createRooms } from '../src/rooms.ts';
import { openStoreReader, openStoreWriter } from '../src/store/open-store.ts';
import { createMetrics } from '../src/telemetry/metrics.ts';
import { SILENT_LOGGER } from '../src/telemetry/log.ts';
import { falcoAlert } from './support/raw-events.ts';

const START_MS = Date.UTC(2026, 4, 28, 20, 0, 0);
const MICROS_PER_MS = 1000;

const wallTime = (): number => (START_MS + 200_000) * MICROS_PER_MS;

const tickAt = (seconds: number): Part => tickPart((START_MS + seconds * 1000) * MICROS_PER_MS, 0);

function alertAt(seconds: number): Part {
  const timeMs = START_MS + seconds * 1000;
  const process = { node: 'node-a', pid: 7, binary: '/bin/sh', startMs: timeMs };
  const bytes = falcoAlert({ rule: 'Shell', priority: 'Warning', timeMs, process });
  return {
    origin: {
      kind: 'events',
      carrier: 'http',
      partition: '',
      sensor: 'any',
      cluster: 'default',
      latenessMs: 5_000,
    },
    receivedAt: wallTime(),
    records: [{ bytes, position: 0 }],
  };
}

/** One life of an engine on the file, stopped in good order. */
async function live(file: string, use: (engine: Engine) => Promise<void>): Promise<void> {
  const writer = await openStoreWriter({ file, durability: 'os' });
  const metrics = createMetrics({ version: 'test', processMetrics: false });
  try {
    const engine = await openEngine({
      rooms: createRooms(DEFAULT_CORE_SETTINGS),
      writer,
      engine: 'test',
      run: 'test',
      wallTime,
      intakeBytesMax: 1 << 20,
      snapshots: { events: 1e9, intervalMs: 1e9 },
      observer: observeEngine({ log: SILENT_LOGGER, metrics, writer: null, wallTime }),
    });
    await use(engine);
    await engine.stop();
  } finally {
    await writer.close();
  }
}

async function eventsOf(file: string) {
  const reader = await openStoreReader(file);
  const { events } = await reader.status({ clusters: null });
  await reader.close();
  return events;
}

test('an idle tick that a snapshot has seen is written by the run that goes on from there', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'eyrie-recovery-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'live.sqlite');
  await live(file, async ({ intake }) => {
    await intake.deliver([alertAt(0)]);
    await intake.deliver([tickAt(20)]);
    // Nothing is held any more: this one moves the watermark and is not worth a row of its own.
    await intake.deliver([tickAt(120)]);
  });
  await live(file, async ({ recovered, intake }) => {
    expect(recovered.replayedRows).toBe(0);
    await intake.deliver([alertAt(60)]);
  });
  const events = await eventsOf(file);
  expect(events).toMatchObject({ accepted: 2, late: 1 });
  const rebuilt = join(folder, 'rebuilt.sqlite');
  await rebuild({ from: file, to: rebuilt, engine: 'test', wallTime: () => 0 });
  expect(await eventsOf(rebuilt)).toEqual(events);
});

/** A database of three lives, each with a snapshot at its end. */
async function threeLives(): Promise<{ folder: string; file: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'eyrie-recovery-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'live.sqlite');
  for (const seconds of [0, 30, 60]) {
    await live(file, async ({ intake }) => {
      await intake.deliver([alertAt(seconds)]);
      await intake.deliver([tickAt(seconds + 20)]);
    });
  }
  return { folder, file };
}

/** Changes the states of the newest snapshots as another version would have written them. */
function reshape(file: string, newest: number, change: (state: object) => unknown): void {
  const db = new Database(file);
  const rows = db
    .prepare<[number], { sequence: number; state: Buffer }>(
      'SELECT sequence, state FROM snapshot ORDER BY sequence DESC LIMIT ?',
    )
    .all(newest);
  for (const { sequence, state } of rows) {
    const changed = change(deserialize(zstdDecompressSync(state)) as object);
    const bytes = Buffer.isBuffer(changed) ? changed : serialize(changed);
    const update = db.prepare('UPDATE snapshot SET state = ? WHERE sequence = ?');
    update.run(zstdCompressSync(bytes), sequence);
  }
  db.close();
}

describe('a snapshot of another shape', () => {
  test.each([
    ['of a later format', (state: object) => ({ ...state, format: 9999 })],
    ['of the time before formats', ({ format: _format, ...state }: { format?: number }) => state],
    ['that is nothing', () => null],
    ['that this Node can not read', () => Buffer.from('\u00ff\u0010?')],
  ])('%s is passed over, and the one before is taken', async (_name, change) => {
    const { file } = await threeLives();
    reshape(file, 1, change);
    await live(file, async ({ recovered }) => {
      expect(recovered.snapshotSequence).toBeGreaterThan(0);
      expect(recovered).toMatchObject({ differed: 0 });
      expect(recovered.replayedRows).toBeGreaterThan(0);
    });
    expect(await eventsOf(file)).toMatchObject({ accepted: 3, late: 0 });
  });

  test('is passed over, and without another one the journal is judged again', async () => {
    const { file } = await threeLives();
    reshape(file, 99, (state) => ({ ...state, format: 9999 }));
    await live(file, async ({ recovered }) => {
      expect(recovered).toMatchObject({ snapshotSequence: null, differed: 0 });
    });
    expect(await eventsOf(file)).toMatchObject({ accepted: 3 });
  });

  test('is named where the journal does not reach back, and so it is for a rebuild', async () => {
    const { folder, file } = await threeLives();
    reshape(file, 99, (state) => ({ ...state, format: 9999 }));
    const db = new Database(file);
    db.prepare('DELETE FROM journal WHERE sequence = 1').run();
    db.prepare('UPDATE snapshot SET held_from_sequence = max(held_from_sequence, 2)').run();
    db.close();
    await expect(live(file, async () => undefined)).rejects.toThrow('another version of Eyrie');
    const to = join(folder, 'rebuilt.sqlite');
    const again = rebuild({ from: file, to, engine: 'test', wallTime: () => 0 });
    await expect(again).rejects.toThrow('nothing was rebuilt');
    expect(existsSync(to)).toBe(false);
  });
});
