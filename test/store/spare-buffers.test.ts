import { expect, test } from 'vitest';
import { createSpareBuffers, SPARE_BYTES_MIN } from '../../src/store/spare-buffers.ts';
import { collect, openWriter, tempFile } from './temp-database.ts';
import { contextOf, eventBatch } from './sample-batch.ts';

test('memory that was given back is taken first if it is large enough', () => {
  const spares = createSpareBuffers();
  const first = spares.take(SPARE_BYTES_MIN);
  expect(first.byteLength).toBeGreaterThanOrEqual(SPARE_BYTES_MIN);
  spares.giveBack([first]);
  expect(spares.take(first.byteLength + 1)).not.toBe(first);
  expect(spares.take(SPARE_BYTES_MIN)).toBe(first);
  expect(spares.take(SPARE_BYTES_MIN)).not.toBe(first);
});

/** From a few bytes to half a million and more, in no order. */
const textOf = (sequence: number): string =>
  `${sequence}-`.repeat(1 + ((sequence * 7919) % 13) * 40_000);

test('rows of many sizes are stored right in memory that is used again', async () => {
  const writer = await openWriter(tempFile());
  for (let sequence = 1; sequence <= 60; sequence += 1) {
    const batch = eventBatch(sequence, [{ arguments: textOf(sequence) }]);
    await writer.commit(batch, contextOf());
  }
  const rows = await collect(writer.readJournal(1));
  expect(rows).toHaveLength(60);
  for (const { sequence, parts } of rows) {
    const raw = Buffer.from(parts[0]?.records[0]?.bytes ?? []).toString();
    expect(raw).toContain(`"arguments":"${textOf(sequence)}"`);
  }
});
