import { expect, test } from 'vitest';
import { verifyJournal } from '../../src/store/verify-journal.ts';
import { contextOf, eventBatch, EVERYTHING, sampleIncident } from './sample-batch.ts';
import { openReader, openWriter, tempFile } from './temp-database.ts';

/** Hard to compress, so that every row needs pages of its own. */
function wideBatch(sequence: number) {
  let state = sequence * 7919 + 1;
  const noise = (length: number): string =>
    Array.from({ length }, () => {
      state = (state * 48_271) % 2_147_483_647;
      return (state % 36).toString(36);
    }).join('');
  const events = Array.from({ length: 40 }, () => ({ arguments: noise(1_000) }));
  return eventBatch(sequence, events, { incidents: [sampleIncident(`i${sequence}`)] });
}

test('a full disk rolls back whole, and the same commits go through when there is room', async () => {
  const file = tempFile();
  const writer = await openWriter(file);
  await writer.commit(wideBatch(1), contextOf());
  await writer.setMaxPageCount(48);
  const batches = [2, 3, 4, 5].map(wideBatch);
  const failed = await Promise.allSettled(
    batches.map((batch) => writer.commit(batch, contextOf())),
  );
  const firstFailed = failed.findIndex((outcome) => outcome.status === 'rejected');
  expect(firstFailed).toBeGreaterThanOrEqual(0);
  // Nothing behind a row that failed is stored, and all of it says so in the same words.
  for (const outcome of failed.slice(firstFailed)) {
    expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'disk-full' } });
  }
  const last = await writer.lastSequence();
  expect(last).toBe(1 + firstFailed);
  const reader = await openReader(file);
  expect((await reader.status(EVERYTHING)).events.accepted).toBe(40 * last);

  await writer.setMaxPageCount(1_000_000);
  for (const batch of batches.slice(firstFailed)) {
    await expect(writer.commit(batch, contextOf())).resolves.toBeDefined();
  }
  expect((await reader.status(EVERYTHING)).events.accepted).toBe(40 * 5);
  expect(await reader.getIncident(EVERYTHING, '5')).toMatchObject({ title: 'Shell in i5' });
  expect(verifyJournal(file).filter((check) => !check.ok)).toEqual([]);
});

test('no snapshot is stored of a state that the journal does not lead to', async () => {
  const writer = await openWriter(tempFile());
  await writer.commit(wideBatch(1), contextOf());
  const snapshot = {
    sequence: 2,
    heldFromSequence: 2,
    engine: '1',
    ruleSetHash: '',
    settingsHash: '',
    receivedAt: 0,
    state: Buffer.from('state'),
    blocks: [],
  };
  await expect(writer.saveSnapshot(snapshot)).rejects.toMatchObject({ name: 'StoreError' });
  expect(await writer.loadSnapshot()).toBeNull();
});
