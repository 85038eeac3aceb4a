import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { verifyJournal } from '../../src/store/verify-journal.ts';
import { eventBatch, sampleFinding, sampleGap, sampleIncident } from './sample-batch.ts';
import { openLocal } from './local-store.ts';

function filledFile(): string {
  const { commit, file } = openLocal();
  const incident = sampleIncident('cart');
  for (const sequence of [1, 2, 3]) {
    const batch = eventBatch(sequence, [{}, {}]);
    const [sample] = batch.samples;
    if (sample === undefined) throw new Error('The batch has no event.');
    const placed = [{ finding: sampleFinding(sample.event), incidentId: incident.id }];
    commit({ ...batch, placed, incidents: [incident], gaps: [sampleGap()] });
  }
  return file;
}

test('a sound database passes every check', () => {
  const checks = verifyJournal(filledFile());
  expect(checks.filter((check) => !check.ok)).toEqual([]);
  expect(checks.map((check) => check.check)).toEqual([
    'file',
    'journal sequence',
    'journal rows',
    'journal index',
    'ledger',
    'audit chain',
    'findings',
    'evidence',
    'coverage gaps',
  ]);
});

test.each([
  ['journal sequence', 'DELETE FROM journal WHERE sequence = 2'],
  ['journal sequence', "UPDATE meta SET value = 9 WHERE key = 'last_sequence'"],
  ['journal rows', "UPDATE journal SET records = x'00' WHERE sequence = 1"],
  ['journal index', 'DELETE FROM journal_key'],
  ['ledger', 'UPDATE ledger SET accepted = accepted + 1'],
  ['ledger', 'UPDATE journal SET duplicate = 1 WHERE sequence = 3'],
  ['findings', 'DELETE FROM incident'],
  ['evidence', "UPDATE event SET raw = x'7b7d'"],
  ['coverage gaps', 'UPDATE coverage_gap SET to_time = from_time - 1'],
  ['coverage gaps', 'UPDATE coverage_gap SET lost = lost + 1'],
])('%s fails after: %s', (check, sql) => {
  const file = filledFile();
  const db = new Database(file);
  db.exec(sql);
  db.close();
  const failed = verifyJournal(file).filter((result) => !result.ok);
  expect(failed.map((result) => result.check)).toContain(check);
});

test.each([
  ['a segment without its rows', 'INSERT INTO journal_segment VALUES (7, x"00")'],
  ['a segment that is not written', 'DELETE FROM journal_segment'],
  ['an entry that is missing', 'DELETE FROM journal_index WHERE key_id = 1'],
  ['an entry that lacks a row', 'UPDATE journal_index SET rows = x"01" WHERE key_id = 1'],
  ['an entry of no segment', 'INSERT INTO journal_index VALUES (1, 9, x"01")'],
  ['a key that has no name', 'DELETE FROM journal_key WHERE id = 1'],
])('the journal index fails for %s', (_name, sql) => {
  const { commit, file } = openLocal();
  for (let sequence = 1; sequence <= 257; sequence += 1) commit(eventBatch(sequence, [{}]));
  const indexCheck = () => verifyJournal(file).find(({ check }) => check === 'journal index');
  expect(indexCheck()).toMatchObject({ ok: true });
  const db = new Database(file);
  db.exec(sql.replaceAll('"', "'"));
  db.close();
  expect(indexCheck()).toMatchObject({ ok: false });
});
