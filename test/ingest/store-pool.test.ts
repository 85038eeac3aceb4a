import { expect, test } from 'vitest';
import { createRecordSplitter } from '../../src/ingest/split-records.ts';
import { ReusedStores } from '../../src/ingest/store-pool.ts';

const lines = (first: number, count: number): Buffer =>
  Buffer.from(
    Array.from({ length: count }, (_, n) => `{"n":${first + n},"x":"${'y'.repeat(90)}"}\n`).join(
      '',
    ),
  );

test('a store is used again only when it was given back', () => {
  const pool = new ReusedStores();
  const splitter = createRecordSplitter(undefined, pool);
  const seen = new Set<ArrayBufferLike>();
  let next = 0;
  const push = (): void => {
    for (const record of splitter.push(lines(next, 3000))) seen.add(record.buffer);
    next += 3000;
  };
  while (seen.size < 4) push();
  const left = pool.takeLeft();
  expect(left.map((store) => store.buffer)).toEqual([...seen].slice(0, 3));
  expect(pool.takeLeft()).toEqual([]);

  pool.giveBack(left);
  for (let round = 0; round < 6; round += 1) push();
  expect(seen.size).toBe(4);
});

test('records are whole across stores, and those not given back stay as they are', () => {
  const splitter = createRecordSplitter(undefined, new ReusedStores());
  const records = Array.from({ length: 20 }, (_, round) =>
    splitter.push(lines(round * 3000, 3000)),
  );
  const numbers = records
    .flat()
    .map((bytes) => (JSON.parse(Buffer.from(bytes).toString()) as { n: number }).n);
  expect(numbers).toEqual(Array.from({ length: 60_000 }, (_, n) => n));
});
