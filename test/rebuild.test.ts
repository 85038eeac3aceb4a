// A database is made again although retention deleted the first rows of its journal.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, onTestFinished, test } from 'vitest';
import { DEFAULT_CORE_SETTINGS } from '../src/config/core-settings.ts';
import { openEngine } from '../src/engine.ts';
import { observeEngine } from '../src/engine-observer.ts';
import { readRulesFolder } from '../src/ingest/rules-folder.ts';
import { MICROS_PER_MS } from '../src/model/micros.ts';
import type { Part } from '../src/model/part.ts';
import { rebuild } from '../src/rebuild.ts';
import { createRooms } from '../src/rooms.ts';
import { openStoreWriter } from '../src/store/open-store.ts';
import { verifyJournal } from '../src/store/verify-journal.ts';
import { SILENT_LOGGER } from '../src/telemetry/log.ts';
import { createMetrics } from '../src/telemetry/metrics.ts';

const ROOT = join(import.meta.dirname, '..');
const SCENARIO = join(ROOT, 'fixtures/scenarios/web-shell/input.ndjson');
const NOW = Date.UTC(2026, 4, 11, 12) * MICROS_PER_MS;
const LIVES = 4;
const LINES_PER_PART = 20;

function partOf(lines: readonly string[]): Part {
  const origin = { kind: 'events', carrier: 'http', partition: '', sensor: 'any' } as const;
  return {
    origin: { ...origin, cluster: 'default', latenessMs: 5_000 },
    receivedAt: NOW,
    records: lines.map((line, position) => ({ bytes: Buffer.from(line), position })),
  };
}

/** One life of an engine that deletes what its journal need not keep. */
async function live(file: string, lines: readonly string[]): Promise<void> {
  const retention = { keepMs: Number.MAX_SAFE_INTEGER, keepBytes: 1000 };
  const writer = await openStoreWriter({ file, durability: 'os', retention });
  const metrics = createMetrics({ version: 'test', processMetrics: false });
  const wallTime = (): number => NOW;
  const engine = await openEngine({
    rooms: createRooms(DEFAULT_CORE_SETTINGS),
    writer,
    engine: 'test',
    run: 'test',
    wallTime,
    intakeBytesMax: 1 << 24,
    snapshots: { events: 1e9, intervalMs: 1e9 },
    observer: observeEngine({ log: SILENT_LOGGER, metrics, writer: null, wallTime }),
  });
  const rules = await readRulesFolder(join(ROOT, 'rules'));
  const settings = { kind: 'settings', hash: 'h', settings: DEFAULT_CORE_SETTINGS } as const;
  await engine.bringIntoEffect(rules, settings);
  for (let at = 0; at < lines.length; at += LINES_PER_PART) {
    await engine.intake.deliver([partOf(lines.slice(at, at + LINES_PER_PART))]);
  }
  await engine.stop();
  await writer.retain(NOW);
  await writer.close();
}

/** A database of several lives whose first journal rows are gone. */
async function trimmedDatabase(): Promise<{ folder: string; file: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'eyrie-rebuild-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'old.sqlite');
  const lines = readFileSync(SCENARIO, 'utf8').trim().split('\n');
  const perLife = Math.ceil(lines.length / LIVES);
  for (let at = 0; at < lines.length; at += perLife) {
    await live(file, lines.slice(at, at + perLife));
  }
  return { folder, file };
}

function select(file: string, sql: string): readonly unknown[] {
  const db = new Database(file, { readonly: true });
  try {
    return db.prepare(sql).all();
  } finally {
    db.close();
  }
}

function change(file: string, sql: string): void {
  const db = new Database(file);
  db.exec(sql);
  db.close();
}

const again = (from: string, to: string) =>
  rebuild({ from, to, engine: 'test', wallTime: () => NOW });

const WHAT_IS_FOUND = [
  'SELECT number, id, state, json FROM incident ORDER BY number',
  'SELECT id, incident_id, json FROM finding ORDER BY id',
  'SELECT * FROM incident_change ORDER BY sequence, ordinal',
  'SELECT event_id, occurrences FROM event ORDER BY event_id',
  'SELECT * FROM ledger',
];

test('a database whose first rows were deleted keeps every incident when it is made again', async () => {
  const { folder, file } = await trimmedDatabase();
  expect(select(file, 'SELECT 1 FROM journal WHERE sequence = 1')).toEqual([]);
  expect(select(file, 'SELECT 1 FROM incident')).not.toEqual([]);
  const expected = WHAT_IS_FOUND.map((sql) => select(file, sql));
  const to = join(folder, 'new.sqlite');
  // What the rows behind the oldest snapshot led to is made again, not only copied.
  const [oldest] = select(file, 'SELECT min(sequence) AS sequence FROM snapshot') as {
    sequence: number;
  }[];
  change(file, `DELETE FROM incident_change WHERE sequence > ${oldest?.sequence}`);

  const { judgedFrom } = await again(file, to);

  expect(judgedFrom).toBe((oldest?.sequence ?? 0) + 1);
  expect(WHAT_IS_FOUND.map((sql) => select(to, sql))).toEqual(expected);
  expect(verifyJournal(to).filter((check) => !check.ok)).toEqual([]);
});

test('without a readable snapshot it is refused, and so is the next start', async () => {
  const { folder, file } = await trimmedDatabase();
  change(file, "UPDATE snapshot SET state = x'00'");
  const to = join(folder, 'new.sqlite');
  await expect(again(file, to)).rejects.toMatchObject({ name: 'StoreError', code: 'corrupt' });
  expect(existsSync(to)).toBe(false);
  await expect(live(file, [])).rejects.toMatchObject({ name: 'StoreError', code: 'corrupt' });
});
