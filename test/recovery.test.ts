// A restart and a rebuild must see the same ticks, also those that changed nothing when they came.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
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
  await writer.close();
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
