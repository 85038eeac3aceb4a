import type { Db } from './database.ts';
import { unpackIds } from './key-id-list.ts';
import { firstOf, segmentOf } from './journal-segment.ts';

/** Sequences of journal rows, both ends included. */
export interface RowSpan {
  readonly first: number;
  readonly last: number;
}

/** Finds the rows within a span that have one of these keys, in no order. */
export type JournalLookup = (keyIds: readonly number[], span: RowSpan) => ReadonlySet<number>;

/** Sealed segments are looked up in the index; newer rows are asked for their keys one by one. */
export function createJournalLookup(db: Db): JournalLookup {
  const lastSegment = db.prepare<[], number>('SELECT max(segment) FROM journal_segment').pluck();
  const newerRows = db
    .prepare<[number, number], [number, Buffer]>(
      `SELECT sequence, key_ids FROM journal
       WHERE sequence BETWEEN ? AND ? AND key_ids IS NOT NULL`,
    )
    .raw();
  const entries = db
    .prepare<[number, number, number], [number, Buffer]>(
      `SELECT segment, rows FROM journal_index
       WHERE key_id = ? AND segment BETWEEN ? AND ?`,
    )
    .raw();

  return (keyIds, { first, last }) => {
    const found = new Set<number>();
    if (keyIds.length === 0) return found;
    const wanted = new Set(keyIds);
    // Asked first: what is sealed from here on is still found among the newer rows.
    const sealed = lastSegment.get() ?? -1;
    const newerFrom = Math.max(first, firstOf(sealed + 1));
    for (const [sequence, ids] of newerRows.iterate(newerFrom, last)) {
      if (unpackIds(ids).some((id) => wanted.has(id))) found.add(sequence);
    }
    const lastSealed = Math.min(sealed, segmentOf(last));
    for (const id of wanted) {
      for (const [segment, places] of entries.iterate(id, segmentOf(first), lastSealed)) {
        for (const place of places) addWithin(found, firstOf(segment) + place, { first, last });
      }
    }
    return found;
  };
}

function addWithin(found: Set<number>, sequence: number, { first, last }: RowSpan): void {
  if (sequence >= first && sequence <= last) found.add(sequence);
}
