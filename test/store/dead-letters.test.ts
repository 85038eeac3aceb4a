import { expect, test } from 'vitest';
import { openForWriting } from '../../src/store/database.ts';
import { createDeadLetters } from '../../src/store/dead-letters.ts';
import { createMetaWriter, readMeta } from '../../src/store/meta.ts';
import { createStatusQueries } from '../../src/store/read-status.ts';
import { tempFile } from './temp-database.ts';

const refused = (index: number, bytes: number) => ({
  index,
  cluster: 'default',
  code: 'invalid-json',
  detail: '',
  raw: Buffer.alloc(bytes, 0x7b),
});

function filled(limits: { rowsMax: number; bytesMax: number }, rows: number) {
  const db = openForWriting(tempFile(), 'os');
  const letters = createDeadLetters(db, createMetaWriter(db), limits);
  for (let index = 0; index < rows; index += 1) letters.add(1, 7, refused(index, 100));
  letters.trim();
  const kept = db.prepare('SELECT record_index FROM dead_letter ORDER BY number').pluck().all();
  return { db, letters, kept };
}

test('past the number of rows the oldest go; the count of all stays', () => {
  const { db, kept } = filled({ rowsMax: 3, bytesMax: 10_000 }, 250);
  expect(kept).toEqual([247, 248, 249]);
  expect(readMeta(db, 'dead_letters')).toBe(250);
  db.close();
});

test('past the bytes the oldest go', () => {
  const { db, kept } = filled({ rowsMax: 100, bytesMax: 250 }, 5);
  expect(kept).toEqual([3, 4]);
  db.close();
});

test('the same record is kept and counted once', () => {
  const { db, letters } = filled({ rowsMax: 100, bytesMax: 10_000 }, 2);
  letters.add(9, 7, refused(1, 100));
  expect(readMeta(db, 'dead_letters')).toBe(2);
  db.close();
});

test('of a huge record the beginning is kept and its size noted', () => {
  const { db, letters } = filled({ rowsMax: 100, bytesMax: 10_000_000 }, 0);
  letters.add(1, 7, refused(0, 200_000));
  const row = db.prepare('SELECT raw_bytes, length(raw) AS kept FROM dead_letter').get();
  expect(row).toEqual({ raw_bytes: 200_000, kept: 65_536 });
  db.close();
});

test('who may see some clusters is told of their refused records alone', () => {
  const file = tempFile();
  const db = openForWriting(file, 'os');
  const letters = createDeadLetters(db, createMetaWriter(db));
  for (const [index, cluster] of ['a', 'b', 'b'].entries()) {
    letters.add(1, 7, { ...refused(index, 10), cluster });
  }
  const queries = createStatusQueries(db, file);
  const counts = [['a'], ['b'], ['c'], null].map(
    (clusters) => queries.status({ clusters }).deadLetters,
  );
  expect(counts).toEqual([1, 2, 0, 3]);
  db.close();
});
