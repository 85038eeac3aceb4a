import { expect, test } from 'vitest';
import { verifyJournal } from '../../src/store/verify-journal.ts';
import {
  eventBatch,
  EVERYTHING,
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

test('a rebuilt database keeps numbers and the audit, which the journal can not make again', () => {
  const old = openLocal();
  const names = ['one', 'two', 'three', 'four'];
  for (const [index, name] of names.entries()) old.commit(namedBatch(index + 1, name));
  old.writer.close();

  const rebuilt = openLocal({ file: tempFile(), numbersFrom: old.file });
  // The core may find them in another order, and something that was not found before.
  const found = ['four', 'two', 'one', 'three', 'fresh'];
  for (const [index, name] of found.entries()) {
    const batch = namedBatch(index + 1, name);
    rebuilt.commit(name === 'fresh' ? batch : { ...batch, audit: [] });
  }

  const numbers = [...names, 'fresh'].map(
    (name) => rebuilt.reader.getIncident(EVERYTHING, sampleIncident(name).id)?.number,
  );
  expect(numbers).toEqual([1, 2, 3, 4, 5]);
  expect(rebuilt.reader.listAudit(EVERYTHING, sampleIncident('three').id)).toHaveLength(1);
  expect(verifyJournal(rebuilt.file).filter((check) => !check.ok)).toEqual([]);

  // Numbers go on behind the highest one also after the next start.
  rebuilt.writer.close();
  const later = openLocal({ file: rebuilt.file });
  later.commit(namedBatch(6, 'later'));
  expect(later.reader.getIncident(EVERYTHING, 'INC-6')?.id).toBe(sampleIncident('later').id);
});
