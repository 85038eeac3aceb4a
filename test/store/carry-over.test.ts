import { expect, test } from 'vitest';
import { decodeJournalRow } from '../../src/store/journal-reader.ts';
import { verifyJournal } from '../../src/store/verify-journal.ts';
import {
  eventBatch,
  EVERYTHING,
  FIRST_PAGE,
  sampleAudit,
  sampleFinding,
  sampleIncident,
  T0,
} from './sample-batch.ts';
import { openLocal } from './local-store.ts';
import { tempFile } from './temp-database.ts';

const MINUTE = 60_000_000;

/** A batch with one finding in one incident of the given name. */
function namedBatch(sequence: number, name: string) {
  const time = T0 + sequence * MINUTE;
  const batch = eventBatch(sequence, [{ time, arguments: `-c ${name}` }]);
  const [sample] = batch.samples;
  if (sample === undefined) throw new Error('The batch has no event.');
  const incident = sampleIncident(name, { firstTime: time, lastTime: time });
  return {
    ...batch,
    placed: [{ finding: sampleFinding(sample.event), incidentId: incident.id }],
    incidents: [incident],
    changes: [
      { incidentId: incident.id, reason: 'opened' as const, at: time, cause: '', sentence: name },
    ],
    audit: [sampleAudit(incident.id, `action-${name}`)],
  };
}

test('a rebuilt database keeps numbers, audit and what the journal can not make again', () => {
  const old = openLocal({ retention: { keepMs: 0, keepBytes: 0 } });
  const names = ['one', 'two', 'three', 'four'];
  for (const [index, name] of names.entries()) old.commit(namedBatch(index + 1, name));
  const snapshot = {
    engine: '',
    ruleSetHash: '',
    settingsHash: '',
    receivedAt: T0,
    state: Buffer.from('x'),
    blocks: [],
  };
  for (const sequence of [3, 4])
    old.writer.saveSnapshot({ ...snapshot, sequence, heldFromSequence: 3 });
  expect(old.writer.retainStep(T0 + 1)).toBe(2);
  const rows = old.writer.readRows(0).rows.map(decodeJournalRow);
  old.writer.close();

  const rebuilt = openLocal({ file: tempFile(), numbersFrom: old.file });
  expect(rows.map((row) => row.sequence)).toEqual([3, 4]);
  // The core may find them in another order, and something that was not found before.
  rebuilt.commit({
    ...namedBatch(3, 'four'),
    audit: [sampleAudit(sampleIncident('three').id, 'action-three')],
  });
  rebuilt.commit({ ...namedBatch(4, 'three'), audit: [] });
  rebuilt.commit(namedBatch(5, 'fresh'));

  const numbers = ['one', 'two', 'three', 'four', 'fresh'].map(
    (name) => rebuilt.reader.getIncident(EVERYTHING, sampleIncident(name).id)?.number,
  );
  expect(numbers).toEqual([1, 2, 3, 4, 5]);
  const { reader } = rebuilt;
  const first = sampleIncident('one').id;
  expect(reader.listFindings(EVERYTHING, first)).toHaveLength(1);
  expect(reader.incidentEvents(EVERYTHING, first, FIRST_PAGE).items).toMatchObject([
    { source: 'evidence', raw: expect.stringContaining('-c one') },
  ]);
  expect(reader.timeline(EVERYTHING, first)).toHaveLength(2);
  const search = { pod: null, node: null, container: null, from: null, to: null, text: '-c one' };
  expect(reader.listEvents(EVERYTHING, search, FIRST_PAGE).items).toHaveLength(1);
  expect(reader.listAudit(EVERYTHING, sampleIncident('three').id)).toHaveLength(1);
  expect(verifyJournal(rebuilt.file).filter((check) => !check.ok)).toEqual([]);

  // Numbers go on behind the highest one also after the next start.
  rebuilt.writer.close();
  const later = openLocal({ file: rebuilt.file });
  later.commit(namedBatch(6, 'later'));
  expect(later.reader.getIncident(EVERYTHING, 'INC-6')?.id).toBe(sampleIncident('later').id);
});
