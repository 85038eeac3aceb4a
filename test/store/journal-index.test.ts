import Database from 'better-sqlite3';
import { describe, expect, test } from 'vitest';
import { createJournalIndex } from '../../src/store/journal-index.ts';
import { verifyJournal } from '../../src/store/verify-journal.ts';
import { contextOf, EVERYTHING, eventBatch, T0 } from './sample-batch.ts';
import { type LocalStore, openLocal } from './local-store.ts';

const ANY = { node: null, container: null, from: null, to: null };

/** Row n has the pods `every` and `mod-<n modulo 7>`. */
const batchOf = (sequence: number) =>
  eventBatch(sequence, [{ pod: 'every' }, { pod: `mod-${sequence % 7}` }]);

function commitRows(store: LocalStore, first: number, last: number): void {
  for (let sequence = first; sequence <= last; sequence += 1) store.commit(batchOf(sequence));
}

/** Rows with events of a pod, newest first, over all pages. */
function rowsOf(store: LocalStore, pod: string, times: { from?: number; to?: number } = {}) {
  const filter = { ...ANY, ...times, pod: `shop/${pod}` };
  const rows: number[] = [];
  let token: string | null = null;
  do {
    const page = store.reader.listEvents(EVERYTHING, filter, { size: 100, token });
    rows.push(...page.items.map((item) => item.journal.sequence));
    token = page.nextPageToken;
  } while (token !== null);
  return rows;
}

const multiples = (last: number, rest: number): number[] =>
  Array.from({ length: last }, (_, index) => last - index).filter((n) => n % 7 === rest);

const problems = (store: LocalStore) => verifyJournal(store.file).filter((check) => !check.ok);

function segmentsOf(store: LocalStore): unknown[] {
  const db = new Database(store.file, { readonly: true });
  const segments = db.prepare('SELECT segment FROM journal_segment').pluck().all();
  db.close();
  return segments;
}

describe('the journal index', () => {
  test('finds rows of sealed segments and those behind them alike', () => {
    const store = openLocal();
    commitRows(store, 1, 600);
    expect(segmentsOf(store)).toEqual([0, 1]);
    expect(rowsOf(store, 'mod-3')).toEqual(multiples(600, 3));
    expect(rowsOf(store, 'every')).toHaveLength(600);
    const [from, to] = [T0 + 250_000_000, T0 + 520_999_999];
    const within = multiples(600, 3).filter((n) => n >= 250 && n <= 520);
    expect(rowsOf(store, 'mod-3', { from, to })).toEqual(within);
    expect(problems(store)).toEqual([]);
  });

  test('is written behind a restart just the same', () => {
    const store = openLocal();
    commitRows(store, 1, 200);
    store.writer.close();
    store.reader.close();
    const reopened = openLocal({ file: store.file });
    commitRows(reopened, 201, 256);
    expect(segmentsOf(reopened)).toEqual([0]);
    expect(rowsOf(reopened, 'mod-5')).toEqual(multiples(256, 5));
  });

  test('begins where the journal of a rebuilt database does', () => {
    const store = openLocal();
    commitRows(store, 700, 770);
    expect(segmentsOf(store)).toEqual([2]);
    expect(rowsOf(store, 'every')).toHaveLength(71);
    expect(problems(store)).toEqual([]);
  });

  test('takes in a row that is judged after its segment was written', () => {
    const store = openLocal();
    commitRows(store, 1, 254);
    const context = contextOf({ newRow: false });
    const last = batchOf(255);
    const db = new Database(store.file);
    store.commit(last);
    // The row as a dying process leaves it: raw records without a result.
    db.exec(`UPDATE journal SET accepted = NULL, key_ids = NULL WHERE sequence = 255;
      DELETE FROM journal_index; DELETE FROM journal_segment`);
    createJournalIndex(db, { idOf: () => 0, prune: () => {}, clear: () => {} }).added(255);
    expect(db.prepare('SELECT count(*) FROM journal_segment').pluck().get()).toBe(1);
    expect(rowsOf(store, 'every')).toHaveLength(254);
    store.commit(last, context);
    db.close();
    expect(rowsOf(store, 'every')).toHaveLength(255);
    expect(rowsOf(store, `mod-${255 % 7}`)[0]).toBe(255);
  });

  test('survives a rollback of the commit that wrote a segment', () => {
    const store = openLocal();
    commitRows(store, 1, 254);
    store.writer.setMaxPageCount(1);
    const noise = Array.from({ length: 30_000 }, (_, n) =>
      ((n * 48_271) % 2_147_483_647).toString(36),
    );
    const large = eventBatch(255, [{ pod: 'every', arguments: noise.join('') }]);
    expect(() => store.commit(large)).toThrow();
    expect(segmentsOf(store)).toEqual([]);
    store.writer.setMaxPageCount(1_000_000);
    commitRows(store, 255, 260);
    expect(segmentsOf(store)).toEqual([0]);
    expect(rowsOf(store, 'every')).toHaveLength(260);
    expect(problems(store)).toEqual([]);
  });
});
