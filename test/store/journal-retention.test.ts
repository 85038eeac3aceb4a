import Database from 'better-sqlite3';
import { statSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { verifyJournal } from '../../src/store/verify-journal.ts';
import { collect, openWriter, tempFile } from './temp-database.ts';
import { contextOf, eventBatch, T0 } from './sample-batch.ts';
import { type LocalStore, openLocal } from './local-store.ts';

const HOUR = 3_600_000_000;
const WITHOUT_LIMIT = Number.MAX_SAFE_INTEGER;

function commitRows(store: LocalStore, rows: number): void {
  for (let sequence = 1; sequence <= rows; sequence += 1) {
    // Every row has a pod of its own, besides the one they share.
    const batch = eventBatch(sequence, [{ pod: `pod-${sequence}` }, {}]);
    store.commit(batch, { wallTime: T0 + sequence * HOUR });
  }
}

const snapshot = (sequence: number, heldFromSequence: number) => ({
  sequence,
  heldFromSequence,
  engine: '1',
  ruleSetHash: '',
  settingsHash: '',
  receivedAt: T0,
  state: Buffer.from('x'),
  blocks: [],
});

const sequencesOf = (store: LocalStore): number[] =>
  store.writer.readRows(0).rows.map((row) => row.sequence);

describe('retention', () => {
  test('deletes rows by their age since they were stored', () => {
    const store = openLocal({ retention: { keepMs: 2 * 3_600_000, keepBytes: WITHOUT_LIMIT } });
    commitRows(store, 6);
    store.writer.saveSnapshot(snapshot(5, 6));
    store.writer.saveSnapshot(snapshot(6, 7));
    expect(store.writer.retainStep(T0 + 6 * HOUR)).toBe(3);
    expect(store.writer.retainStep(T0 + 6 * HOUR)).toBe(0);
    expect(sequencesOf(store)).toEqual([4, 5, 6]);
    expect(store.writer.lastSequence()).toBe(6);
  });

  test('deletes rows beyond the size, and their index entries with them', () => {
    const store = openLocal({ retention: { keepMs: WITHOUT_LIMIT, keepBytes: 0 } });
    commitRows(store, 4);
    store.writer.saveSnapshot(snapshot(3, 4));
    store.writer.saveSnapshot(snapshot(4, 4));
    expect(store.writer.retainStep(T0)).toBe(3);
    const db = new Database(store.file, { readonly: true });
    const pods = db.prepare('SELECT value FROM journal_key WHERE kind = 1 ORDER BY value').pluck();
    expect(pods.all()).toEqual(['shop/cart-7d9f', 'shop/pod-4']);
    db.close();
    expect(verifyJournal(store.file).filter((check) => !check.ok)).toEqual([]);
    // A key that was pruned can come back.
    store.commit(eventBatch(5, [{ pod: 'pod-1' }]));
    expect(verifyJournal(store.file).filter((check) => !check.ok)).toEqual([]);
  });

  test('deletes the index entries of a segment with its last row', () => {
    const store = openLocal({ retention: { keepMs: 2 * 3_600_000, keepBytes: WITHOUT_LIMIT } });
    commitRows(store, 260);
    store.writer.saveSnapshot(snapshot(259, 260));
    store.writer.saveSnapshot(snapshot(260, 261));
    const retainTo = (sequence: number): void => {
      while (store.writer.retainStep(T0 + (sequence + 3) * HOUR) > 0);
      expect(sequencesOf(store)[0]).toBe(sequence + 1);
      expect(verifyJournal(store.file).filter((check) => !check.ok)).toEqual([]);
    };
    const db = new Database(store.file, { readonly: true });
    const count = (sql: string) => db.prepare<[], number>(sql).pluck().get();
    const COUNT_PODS = 'SELECT count(*) FROM journal_key WHERE kind = 1';

    retainTo(100);
    expect(count('SELECT count(*) FROM journal_segment')).toBe(1);
    expect(count(COUNT_PODS)).toBe(261);
    retainTo(255);
    expect(count('SELECT count(*) FROM journal_segment')).toBe(0);
    expect(count('SELECT count(*) FROM journal_index')).toBe(0);
    expect(count(COUNT_PODS)).toBe(1 + 5);
    db.close();
  });

  test('never goes past what the older of two snapshots needs', () => {
    const store = openLocal({ retention: { keepMs: 0, keepBytes: 0 } });
    commitRows(store, 6);
    expect(store.writer.retainStep(T0 + 99 * HOUR)).toBe(0);
    store.writer.saveSnapshot(snapshot(4, 3));
    expect(store.writer.retainStep(T0 + 99 * HOUR)).toBe(0);
    store.writer.saveSnapshot(snapshot(6, 6));
    expect(store.writer.retainStep(T0 + 99 * HOUR)).toBe(2);
    expect(sequencesOf(store)).toEqual([3, 4, 5, 6]);
  });

  test('goes in small steps until it is done and gives the space back', async () => {
    const file = tempFile();
    const retention = { keepMs: 0, keepBytes: 0 };
    const writer = await openWriter(file, { retention });
    const commits: Promise<unknown>[] = [];
    for (let sequence = 1; sequence <= 70; sequence += 1) {
      const noise = Array.from({ length: 3000 }, (_, i) =>
        ((i * sequence * 48_271) % 2_147_483_647).toString(36),
      );
      commits.push(
        writer.commit(eventBatch(sequence, [{ arguments: noise.join('') }]), contextOf()),
      );
    }
    await Promise.all(commits);
    await writer.saveSnapshot(snapshot(69, 70));
    await writer.saveSnapshot(snapshot(70, 70));
    expect(await writer.retain(T0 + HOUR)).toBe(69);
    const rows = await collect(writer.readJournal(0));
    expect(rows.map((row) => row.sequence)).toEqual([70]);
    await writer.close();
    const db = new Database(file, { readonly: true });
    expect(Number(db.pragma('freelist_count', { simple: true }))).toBeLessThan(20);
    db.close();
    expect(statSync(file).size).toBeLessThan(1_500_000);
  });
});
