import Database from 'better-sqlite3';
import { describe, expect, test } from 'vitest';
import { verifyJournal } from '../../src/store/verify-journal.ts';
import { eventBatch, EVERYTHING, sampleAudit, sampleIncident } from './sample-batch.ts';
import { openLocal } from './local-store.ts';

const incident = sampleIncident('cart');

function storeWithAudit() {
  const store = openLocal();
  for (const sequence of [1, 2, 3]) {
    const audit = [sampleAudit(incident.id, `action-${sequence}`)];
    store.commit(eventBatch(sequence, [{}], { incidents: [incident], audit }));
  }
  return store;
}

const auditCheck = (file: string) =>
  verifyJournal(file).find((check) => check.check === 'audit chain');

describe('the audit log', () => {
  test('is a chain that verifies', () => {
    const { reader, file } = storeWithAudit();
    const rows = reader.listAudit(EVERYTHING, incident.id);
    expect(rows.map((row) => row.sequence)).toEqual([1, 2, 3]);
    expect(new Set(rows.map((row) => row.hash)).size).toBe(3);
    expect(auditCheck(file)).toMatchObject({ ok: true });
  });

  test.each([
    "UPDATE audit SET actor = 'mallory'",
    'DELETE FROM audit',
    'INSERT OR REPLACE INTO audit SELECT sequence, at, 99, via, action_id, incident_id, action, before, after, text, prev_hash, hash FROM audit',
  ])('refuses: %s', (sql) => {
    const { file } = storeWithAudit();
    const db = new Database(file);
    db.pragma('recursive_triggers = ON');
    expect(() => db.exec(sql)).toThrow('append-only');
    db.close();
  });

  test.each([
    ['a changed text', "UPDATE audit SET text = 'harmless' WHERE sequence = 2", 'entry 2'],
    ['a removed newest entry', 'DELETE FROM audit WHERE sequence = 3', '2 entries, but 3'],
    ['a removed entry', 'DELETE FROM audit WHERE sequence = 2', 'entry 2 is missing'],
    ['a changed hash', 'UPDATE audit SET hash = prev_hash WHERE sequence = 1', 'entry 1'],
  ])('%s is found even when the triggers were taken away', (_name, sql, detail) => {
    const { file } = storeWithAudit();
    const db = new Database(file);
    db.exec('DROP TRIGGER audit_never_updated; DROP TRIGGER audit_never_deleted');
    db.exec(sql);
    db.close();
    expect(auditCheck(file)).toMatchObject({ ok: false, detail: expect.stringContaining(detail) });
  });

  test('a text with half a surrogate pair is hashed as it is stored', () => {
    const { commit, reader, file } = storeWithAudit();
    const audit = [{ ...sampleAudit(incident.id, 'action-4'), text: 'half \ud800 a pair' }];
    commit(eventBatch(4, [{}], { incidents: [incident], audit }));
    expect(reader.listAudit(EVERYTHING, incident.id).at(-1)?.text).toBe('half \ufffd a pair');
    expect(auditCheck(file)).toMatchObject({ ok: true });
  });

  test('notes an action once, however often its row is judged', () => {
    const { reader, commit } = storeWithAudit();
    const audit = [sampleAudit(incident.id, 'action-3')];
    const again = eventBatch(3, [{}], { incidents: [incident], audit });
    commit(again, { newRow: false });
    commit(again, { newRow: false });
    expect(reader.listAudit(EVERYTHING, incident.id)).toHaveLength(3);
  });
});
