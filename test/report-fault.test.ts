import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import type { JournalRef, Part } from '../src/model/part.ts';
import { CoreFaultError } from '../src/pipeline.ts';
import { reportFault } from '../src/report-fault.ts';
import type { CoreFault, FaultReport, StoreWriter } from '../src/store/ports.ts';

const TEXTS = ['{"a":1}', '{"b":2}'];
const PART: Part = {
  origin: {
    kind: 'events',
    carrier: 'http',
    partition: '',
    sensor: 'any',
    cluster: 'default',
    latenessMs: 0,
  },
  receivedAt: 5,
  records: TEXTS.map((text) => ({ bytes: Buffer.from(text), position: 0 })),
};
const OLDER: Part = { ...PART, records: [{ bytes: Buffer.from('{"old":0}'), position: 0 }] };

/** Reports a throw in batch 9; `known` faults stand in the store already, row 4 holds one record. */
async function report(
  at: { readonly record: JournalRef | null; readonly ruleId: string | null },
  known: readonly Partial<CoreFault>[] = [],
): Promise<FaultReport> {
  const reported: FaultReport[] = [];
  const writer = {
    readFaults: () => Promise.resolve(known),
    async *readJournal() {
      yield { sequence: 4, parts: [OLDER] };
    },
    loadSnapshot: () => Promise.resolve(null),
    recordFault: async (fault: FaultReport) => {
      reported.push(fault);
    },
  } as unknown as StoreWriter;
  const options = {
    writer,
    engine: 'test',
    run: 'test',
    wallTime: () => 7,
    observer: { onFault: () => undefined },
  };
  const batch = { sequence: 9, parts: [PART] };
  const error = new CoreFaultError('detect', at, { batch, cause: new Error('boom') });
  await reportFault(options, { ruleSetHash: '', settingsHash: '' }, error);
  return reported[0] as FaultReport;
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const kindsOf = (parts: readonly Part[]): string[] => parts.map(({ origin }) => origin.kind);

test('a throw names the record that was worked on, and the raw batch is kept', async () => {
  const { fault, parts, context } = await report({
    record: { sequence: 9, index: 1 },
    ruleId: 'r',
  });
  expect(fault).toMatchObject({ room: 'detect', ruleId: null, message: 'boom', sequence: 9 });
  expect(fault.recordHash).toBe(sha256(TEXTS[1] ?? ''));
  expect(context.faultIndexes).toEqual([1]);
  expect(parts).toEqual([PART]);
});

test('a record that was held is named in the row it came in', async () => {
  const record = { sequence: 4, index: 0 };
  const { fault, context, elsewhere } = await report({ record, ruleId: null });
  expect(fault.recordHash).toBe(sha256('{"old":0}'));
  expect(fault.record).toEqual(record);
  expect(context.faultIndexes).toEqual([]);
  expect(elsewhere).toEqual([record]);
});

test('without a record to name, or the second time in one row, the rule is taken out', async () => {
  const onTick = await report({ record: null, ruleId: 'r' });
  const again = await report({ record: { sequence: 9, index: 0 }, ruleId: 'r' }, [{ sequence: 9 }]);
  for (const { fault, parts } of [onTick, again]) {
    expect(fault).toMatchObject({ ruleId: 'r', recordHash: null });
    expect(kindsOf(parts)).toEqual(['rules', 'events']);
  }
});
