import { expect, test } from 'vitest';
import type { Part, SourcePosition } from '../../src/model/part.ts';
import type { CoreFault } from '../../src/store/ports.ts';
import { batchOf, contextOf, eventsOrigin, partOf, T0 } from './sample-batch.ts';
import { collect, openWriter, tempFile } from './temp-database.ts';

const readPart = (...readTo: readonly SourcePosition[]): Part => ({
  origin: { ...eventsOrigin(), carrier: 'file', partition: '/var/log/a.log' },
  receivedAt: T0,
  records: [],
  readTo,
});

const at = (source: string, position: string | null): SourcePosition => ({ source, position });

const fault = (sequence: number): CoreFault => ({
  at: T0,
  room: 'detect',
  ruleId: null,
  recordHash: null,
  sequence,
  record: null,
  message: 'boom',
  stack: '',
});

test('positions stand as the newest row says, and are there after a restart', async () => {
  const file = tempFile();
  const writer = await openWriter(file);
  expect(await writer.readPositions()).toEqual([]);
  await writer.commit(batchOf(1, [readPart(at('b', '1'), at('a', '1'))]), contextOf());
  const two = [readPart(at('a', '2')), readPart(at('a', '3'), at('c', '1'))];
  await writer.commit(batchOf(2, two), contextOf());
  await writer.commit(batchOf(3, [readPart(at('b', null))]), contextOf());
  const positions = [at('a', '3'), at('c', '1')];
  expect(await writer.readPositions()).toEqual(positions);
  await writer.close();
  const later = await openWriter(file);
  expect(await later.readPositions()).toEqual(positions);
  const rows = await collect(later.readJournal(2));
  expect(rows.map((row) => row.parts.map((part) => part.readTo))).toEqual([
    [[at('a', '2')], [at('a', '3'), at('c', '1')]],
    [[at('b', null)]],
  ]);
});

test('a row that is judged again, or could not be, moves nothing back', async () => {
  const writer = await openWriter(tempFile());
  await writer.commit(batchOf(1, [readPart(at('a', '1'))]), contextOf());
  await writer.commit(batchOf(2, [readPart(at('a', '2'))]), contextOf());
  await writer.commit(batchOf(1, [readPart(at('a', '1'))]), contextOf({ newRow: false }));
  expect(await writer.readPositions()).toEqual([at('a', '2')]);
  const parts = [readPart(at('a', '1'))];
  await writer.recordFault({ fault: fault(1), parts, context: contextOf(), elsewhere: [] });
  expect(await writer.readPositions()).toEqual([at('a', '2')]);
});

test('a new row that the core failed on moves its sources on: its records are kept', async () => {
  const writer = await openWriter(tempFile());
  const record = partOf([Buffer.from('{}')]);
  await writer.commit(batchOf(1, []), contextOf());
  const parts = [{ ...record, readTo: [at('a', '9')] }];
  await writer.recordFault({ fault: fault(2), parts, context: contextOf(), elsewhere: [] });
  expect(await writer.readPositions()).toEqual([at('a', '9')]);
});

test('a commit that fails leaves the positions where they were', async () => {
  const writer = await openWriter(tempFile());
  await writer.commit(batchOf(1, [readPart(at('a', '1'))]), contextOf());
  const gap = writer.commit(batchOf(3, [readPart(at('a', '3'))]), contextOf());
  await expect(gap).rejects.toThrow();
  expect(await writer.readPositions()).toEqual([at('a', '1')]);
});
