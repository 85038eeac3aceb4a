import Database from 'better-sqlite3';
import { describe, expect, test } from 'vitest';
import type { Snapshot, SnapshotBlock } from '../../src/store/ports.ts';
import { eventBatch } from './sample-batch.ts';
import { openLocal } from './local-store.ts';
import { openWriter, tempFile } from './temp-database.ts';
import { contextOf } from './sample-batch.ts';

const DAY = 86_400_000_000;

const block = (name: string, text: string, sealed = true): SnapshotBlock => ({
  name,
  sealed,
  bytes: Buffer.from(text),
});

const snapshotAt = (sequence: number, overrides: Partial<Snapshot> = {}): Snapshot => ({
  sequence,
  heldFromSequence: sequence,
  engine: '1.0.0',
  ruleSetHash: 'rules',
  settingsHash: 'settings',
  receivedAt: sequence * 1_000_000,
  state: Buffer.from(`state ${sequence} `.repeat(50)),
  blocks: [],
  ...overrides,
});

const plain = (snapshot: Snapshot | null) =>
  snapshot && {
    ...snapshot,
    state: Buffer.from(snapshot.state).toString(),
    blocks: snapshot.blocks.map(({ name, sealed, bytes }) => ({
      name,
      sealed,
      text: Buffer.from(bytes).toString(),
    })),
  };

function storeWithRows(rows: number) {
  const store = openLocal();
  for (let sequence = 1; sequence <= rows; sequence += 1) store.commit(eventBatch(sequence, [{}]));
  return store;
}

function damage(file: string, sql: string): void {
  const db = new Database(file);
  db.prepare(sql).run();
  db.close();
}

describe('snapshots', () => {
  test('come back through the thread as they were saved', async () => {
    const writer = await openWriter(tempFile());
    await writer.commit(eventBatch(1, [{}]), contextOf());
    const saved = snapshotAt(1, {
      blocks: [block('seen-1', 'old ids'), block('seen-2', 'new ids', false)],
    });
    await writer.saveSnapshot(saved);
    expect(plain(await writer.loadSnapshot())).toEqual(plain(saved));
    // The sealed block is known by now; its bytes are not sent a second time and still come back.
    await writer.commit(eventBatch(2, [{}]), contextOf());
    const next = snapshotAt(2, {
      blocks: [block('seen-1', 'old ids'), block('seen-2', 'newer ids', false)],
    });
    await writer.saveSnapshot(next);
    expect(plain(await writer.loadSnapshot())).toEqual(plain(next));
  });

  test('keep the newest two and one a day', () => {
    const { writer, file } = storeWithRows(6);
    const days = [0, 0, 1, 1, 2, 2];
    for (const [index, day] of days.entries()) {
      writer.saveSnapshot(snapshotAt(index + 1, { receivedAt: day * DAY + index }));
    }
    const db = new Database(file, { readonly: true });
    const kept = db.prepare('SELECT sequence FROM snapshot ORDER BY sequence').pluck().all();
    db.close();
    expect(kept).toEqual([2, 4, 5, 6]);
  });

  test('drop blocks that none of them names', () => {
    const { writer } = storeWithRows(4);
    writer.saveSnapshot(snapshotAt(1, { blocks: [block('a', 'a'), block('open', '1', false)] }));
    writer.saveSnapshot(snapshotAt(2, { blocks: [block('a', 'a'), block('b', 'b')] }));
    expect(writer.sealedBlocks().toSorted()).toEqual(['a', 'b']);
    writer.saveSnapshot(snapshotAt(3, { blocks: [block('b', 'b')] }));
    expect(writer.saveSnapshot(snapshotAt(4, { blocks: [block('b', 'b')] }))).toEqual(['b']);
  });

  test.each([
    ['a flipped state', "UPDATE snapshot SET state = x'28b52ffd0000' WHERE sequence = 2"],
    ['a missing block', "DELETE FROM snapshot_block WHERE name = 'late'"],
    ['a torn block', "UPDATE snapshot_block SET bytes = substr(bytes, 1, 9) WHERE name = 'late'"],
  ])('%s makes recovery begin at the one before', (_name, sql) => {
    const { writer, file } = storeWithRows(2);
    writer.saveSnapshot(snapshotAt(1));
    writer.saveSnapshot(snapshotAt(2, { blocks: [block('late', 'ids '.repeat(100))] }));
    expect(writer.loadSnapshot()?.sequence).toBe(2);
    damage(file, sql);
    expect(plain(writer.loadSnapshot())).toEqual(plain(snapshotAt(1)));
  });

  test('no readable one is none', () => {
    const { writer, file } = storeWithRows(1);
    expect(writer.loadSnapshot()).toBeNull();
    writer.saveSnapshot(snapshotAt(1));
    damage(file, "UPDATE snapshot SET blocks = 'not a list'");
    expect(writer.loadSnapshot()).toBeNull();
  });
});

describe('one flipped bit', () => {
  test('is noticed', () => {
    const { writer, file } = storeWithRows(2);
    writer.saveSnapshot(snapshotAt(1));
    writer.saveSnapshot(
      snapshotAt(2, {
        state: Buffer.from(Array.from({ length: 500 }, (_, i) => (i * 7919) % 251)),
      }),
    );
    const db = new Database(file);
    const state = db
      .prepare('SELECT state FROM snapshot WHERE sequence = 2')
      .pluck()
      .get() as Buffer;
    const middle = Math.floor(state.length / 2);
    state[middle] = (state[middle] ?? 0) ^ 1;
    db.prepare('UPDATE snapshot SET state = ? WHERE sequence = 2').run(state);
    db.close();
    expect(writer.loadSnapshot()?.sequence).toBe(1);
  });
});
