// Engine and server on a real database: what a restart remembers, and when the watermark waits.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startServer } from '../src/app.ts';
import { DEFAULT_CORE_SETTINGS } from '../src/config/core-settings.ts';
import { loadConfig } from '../src/config/load-config.ts';
import { type Engine, openEngine } from '../src/engine.ts';
import { observeEngine } from '../src/engine-observer.ts';
import type { EventsOrigin } from '../src/model/origin.ts';
import { createRooms } from '../src/rooms.ts';
import { openStoreReader, openStoreWriter } from '../src/store/open-store.ts';
import { SILENT_LOGGER } from '../src/telemetry/log.ts';
import { createMetrics } from '../src/telemetry/metrics.ts';
import { falcoAlert } from './support/raw-events.ts';

const MICROS_PER_MS = 1000;
const ORIGIN: EventsOrigin = {
  kind: 'events',
  carrier: 'http',
  partition: '',
  sensor: 'any',
  cluster: 'default',
  latenessMs: 5_000,
};
const EVERY_BATCH = { events: 1, intervalMs: 3_600_000 };
const NEVER = { events: Number.MAX_SAFE_INTEGER, intervalMs: Number.MAX_SAFE_INTEGER };

const nowMicros = (): number => Date.now() * MICROS_PER_MS;
/** What the engine takes for the time; a test may set it back. */
let wallTime = nowMicros;

function alertAt(timeMs: number, pid: number): Uint8Array {
  const process = { node: 'node-a', pid, binary: '/bin/sh', startMs: timeMs };
  return falcoAlert({ rule: 'Shell', priority: 'Warning', timeMs, process });
}

function temporaryFile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'eyrie-engine-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, 'eyrie.sqlite');
}

/** Runs `use` on an engine that then ends without a word, as a killed one does. */
async function withEngine<Result>(
  file: string,
  snapshots: typeof NEVER,
  use: (engine: Engine) => Promise<Result>,
): Promise<Result> {
  const writer = await openStoreWriter({ file, durability: 'os' });
  const metrics = createMetrics({ version: 'test', processMetrics: false });
  const observer = observeEngine({
    log: SILENT_LOGGER,
    metrics,
    writer: null,
    wallTime: nowMicros,
  });
  try {
    const rooms = createRooms(DEFAULT_CORE_SETTINGS);
    const engine = await openEngine({
      rooms,
      writer,
      engine: 'test',
      run: 'test',
      wallTime: () => wallTime(),
      intakeBytesMax: 1 << 20,
      snapshots,
      observer,
    });
    return await use(engine);
  } finally {
    await writer.close();
  }
}

async function outcomeOf(engine: Engine, bytes: Uint8Array): Promise<string | undefined> {
  const receivedAt = engine.clock.now();
  const part = { origin: ORIGIN, receivedAt, records: [{ bytes, position: 0 }] };
  const { arrivals } = await engine.intake.deliver([part]);
  return arrivals[0]?.outcome;
}

async function snapshotAt(engine: Engine, sequence: number): Promise<void> {
  while (engine.lastSnapshotSequence !== sequence) await sleep(5);
}

const start = (file: string) =>
  startServer({
    config: loadConfig({
      flags: { db: file, port: 0 },
      environment: { EYRIE_LATENESS_MS: '0' },
      directory: tmpdir(),
    }),
    podDumps: [],
    log: SILENT_LOGGER,
  });

interface Listed {
  readonly items: readonly unknown[];
  readonly pending: { readonly held: number };
}

const list = async (url: string): Promise<Listed> =>
  (await (await fetch(`${url}/v1/incidents`)).json()) as Listed;

async function postOne(url: string, pid: number): Promise<void> {
  const body = Buffer.from(alertAt(Date.now(), pid));
  const response = await fetch(`${url}/v1/ingest/falco`, { method: 'POST', body });
  expect(await response.json()).toMatchObject({ accepted: 1 });
}

describe('after an end without a word', () => {
  test.each([
    ['without a snapshot the whole journal is judged again', NEVER, 2],
    ['with one only the rows behind it are', EVERY_BATCH, 0],
  ] as const)('%s, and nothing comes out differently', async (_, snapshots, replayedRows) => {
    const file = temporaryFile();
    const now = Date.now();
    await withEngine(file, snapshots, async (engine) => {
      expect(await outcomeOf(engine, alertAt(now, 1))).toBe('accepted');
      expect(await outcomeOf(engine, alertAt(now, 2))).toBe('accepted');
      if (snapshots === EVERY_BATCH) await snapshotAt(engine, 2);
    });
    await withEngine(file, snapshots, async (engine) => {
      expect(engine.recovered).toMatchObject({ replayedRows, differed: 0, nextSequence: 3 });
      expect(await outcomeOf(engine, alertAt(now, 1))).toBe('duplicate');
      expect(await outcomeOf(engine, alertAt(now, 3))).toBe('accepted');
    });
  });

  test('events that were held are released by the next run', async () => {
    const file = temporaryFile();
    const now = Date.now();
    await withEngine(file, EVERY_BATCH, async (engine) => {
      await outcomeOf(engine, alertAt(now - 8_000, 1));
      await snapshotAt(engine, 1);
    });
    await withEngine(file, NEVER, async (engine) => {
      await outcomeOf(engine, alertAt(now, 2));
    });
    const reader = await openStoreReader(file);
    const { incidents } = await reader.status({ clusters: null });
    await reader.close();
    expect(incidents).toEqual({ new: 1 });
  });
});

describe('the grace of the first seconds', () => {
  test('holds a database that has a past, never a new one', async () => {
    const file = temporaryFile();
    const fresh = await start(file);
    await postOne(fresh.url, 1);
    const beganMs = performance.now();
    while ((await list(fresh.url)).items.length === 0) await sleep(50);
    expect(performance.now() - beganMs).toBeLessThan(9_000);
    await fresh.stop();

    const again = await start(file);
    await postOne(again.url, 2);
    await sleep(2_500);
    expect((await list(again.url)).pending.held).toBe(1);
    await again.stop();
  });
});

test('a clock that was set back is believed after a reset, also by the next start', async () => {
  const file = temporaryFile();
  const behindBefore = 3_600_000_000;
  onTestFinished(() => {
    wallTime = nowMicros;
  });
  wallTime = () => nowMicros() + behindBefore;
  await withEngine(file, NEVER, async (engine) => {
    expect(await outcomeOf(engine, alertAt(Date.now(), 1))).toBe('accepted');
    wallTime = nowMicros;
    expect(engine.clock.behind()).toBeGreaterThan(behindBefore / 2);
    await engine.resetClock();
    expect(engine.clock.behind()).toBe(0);
  });
  await withEngine(file, NEVER, async (engine) => expect(engine.clock.behind()).toBe(0));
});
