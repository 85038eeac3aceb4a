import { expect, test } from 'vitest';
import * as fc from 'fast-check';
import type { Origin } from '../../src/model/origin.ts';
import type { Part } from '../../src/model/part.ts';
import type { Arrival } from '../../src/model/batch.ts';
import { decodeJournalRow } from '../../src/store/journal-reader.ts';
import { decodeParts, packParts } from '../../src/store/part-layout.ts';
import { openLocal } from './local-store.ts';
import { openWriter, tempFile } from './temp-database.ts';
import { batchOf, contextOf, eventsOrigin, T0 } from './sample-batch.ts';

const origins: fc.Arbitrary<Origin> = fc.oneof(
  fc.constantFrom<Origin>(
    { kind: 'actions' },
    { kind: 'rules' },
    { kind: 'clock' },
    { kind: 'kubernetes', source: 'dump', cluster: 'default' },
  ),
  fc
    .record({ partition: fc.string(), latenessMs: fc.nat(), cluster: fc.string() })
    .map((named): Origin => Object.assign(eventsOrigin(), named)),
);
const positions = fc.oneof(
  fc.array(fc.maxSafeNat(), { maxLength: 12 }),
  fc
    .tuple(fc.nat(), fc.nat({ max: 40 }))
    .map(([first, length]) => Array.from({ length }, (_, index) => first + index)),
  fc.nat({ max: 40 }).map((length) => Array.from({ length }, () => 0)),
);
const readTo = fc.option(
  fc.array(fc.record({ source: fc.string(), position: fc.option(fc.string()) }), { maxLength: 3 }),
);
const parts: fc.Arbitrary<Part> = fc
  .record({
    origin: origins,
    receivedAt: fc.maxSafeNat(),
    positions,
    bytes: fc.uint8Array({ maxLength: 60 }),
    sources: readTo,
  })
  .map(({ origin, receivedAt, positions: places, bytes, sources }) => {
    const records = places.map((position, index) => ({
      position,
      // Views of a shared buffer, as HTTP and Kafka slices are.
      bytes: bytes.subarray(0, bytes.length === 0 ? 0 : index % bytes.length),
    }));
    const part = { origin, receivedAt, records };
    return sources === null ? part : Object.assign(part, { readTo: sources });
  });

const plain = (list: readonly Part[]) =>
  list.map(({ origin, receivedAt, records, readTo: sources }) => ({
    origin,
    receivedAt,
    readTo: sources,
    records: records.map(({ bytes, position }) => ({
      position,
      bytes: Buffer.from(bytes).toString('hex'),
    })),
  }));

const skippedAll = (list: readonly Part[]): Arrival[] =>
  list.flatMap((part) =>
    part.records.map(() => ({ outcome: 'skipped', reason: 'log-line' }) as const),
  );

test('any parts, origins, positions and bytes come back as they were', () => {
  const { commit, writer } = openLocal();
  let sequence = 0;
  fc.assert(
    fc.property(fc.array(parts, { maxLength: 12 }), (list) => {
      sequence += 1;
      commit(batchOf(sequence, list, { arrivals: skippedAll(list) }));
      const [row] = writer.readRows(sequence).rows.map(decodeJournalRow);
      expect(row?.sequence).toBe(sequence);
      expect(plain(row?.parts ?? [])).toEqual(plain(list));
    }),
    { numRuns: 150 },
  );
});

test('a replay with a part per record stays small', () => {
  const { commit, writer } = openLocal();
  const list = Array.from({ length: 500 }, (_, index): Part => ({
    origin: {
      ...eventsOrigin(),
      carrier: 'file',
      partition: index % 3 === 0 ? 'a.json' : 'b.json',
    },
    receivedAt: T0 + index * 137,
    records: [{ bytes: Buffer.from('{}'), position: index }],
  }));
  commit(batchOf(1, list, { arrivals: skippedAll(list) }));
  const text = writer.readRows(1).rows[0]?.parts ?? '';
  expect(decodeParts(text)).toHaveLength(500);
  expect(packParts(text).length).toBeLessThan(2_000);
});

test('the thread gives rows in order while others are being written', async () => {
  const writer = await openWriter(tempFile());
  for (let sequence = 1; sequence <= 30; sequence += 1) {
    const list = [
      {
        origin: eventsOrigin(),
        receivedAt: T0,
        records: [{ bytes: Buffer.from(`${sequence}`), position: sequence }],
      },
    ];
    await writer.commit(batchOf(sequence, list, { arrivals: skippedAll(list) }), contextOf());
  }
  const seen: string[] = [];
  for await (const row of writer.readJournal(11)) {
    seen.push(Buffer.from(row.parts[0]?.records[0]?.bytes ?? []).toString());
    // A rewrite in the middle, as a recovery does it.
    await writer.commit(
      batchOf(row.sequence, row.parts, { arrivals: skippedAll(row.parts) }),
      contextOf({ newRow: false }),
    );
  }
  expect(seen).toEqual(Array.from({ length: 20 }, (_, index) => `${index + 11}`));
});
