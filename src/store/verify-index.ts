import type { Db } from './database.ts';
import { keyPlaces } from './journal-index.ts';
import { firstOf, lastOf, segmentOf } from './journal-segment.ts';
import { unpackIds } from './key-id-list.ts';

interface Begin {
  readonly first: number;
  readonly last: number;
}

/**
 * The index leads to every row by each of its keys, and to nothing else that is still there.
 *
 * @returns what was looked at; throws with what is wrong.
 */
export function checkIndex(db: Db): string {
  const rows = db
    .prepare<[], Begin>(
      'SELECT ifnull(min(sequence), 0) AS first, ifnull(max(sequence), -1) AS last FROM journal',
    )
    .get() ?? { first: 0, last: -1 };
  const sealed = new Set(
    db.prepare<[], number>('SELECT segment FROM journal_segment ORDER BY segment').pluck().all(),
  );
  checkSegments(sealed, rows);
  const check = createSegmentCheck(db, rows.first);
  for (let segment = segmentOf(rows.first); firstOf(segment) <= rows.last; segment += 1) {
    check(segment, sealed.has(segment));
  }
  const [entries, named] = db
    .prepare<[], [number, number]>(
      `SELECT (SELECT count(*) FROM journal_index),
         (SELECT count(*) FROM journal_index WHERE segment IN (SELECT segment FROM journal_segment))`,
    )
    .raw()
    .get() ?? [0, 0];
  if (entries !== named) throw new Error(`${entries - named} entries are of no segment`);
  return `${entries} entries for ${sealed.size} segments of rows`;
}

function checkSegments(sealed: ReadonlySet<number>, { first, last }: Begin): void {
  for (const segment of sealed) {
    if (lastOf(segment) < first || lastOf(segment) > last) {
      throw new Error(`segment ${segment} is indexed, but its last row is not there`);
    }
  }
  for (let segment = segmentOf(first); lastOf(segment) <= last; segment += 1) {
    if (!sealed.has(segment)) throw new Error(`segment ${segment} is not indexed`);
  }
}

function createSegmentCheck(db: Db, first: number) {
  const rowsBetween = db
    .prepare<[number, number], [number, Buffer]>(
      `SELECT sequence, key_ids FROM journal
       WHERE sequence BETWEEN ? AND ? AND key_ids IS NOT NULL ORDER BY sequence`,
    )
    .raw();
  const keyExists = db.prepare<[number], number>('SELECT 1 FROM journal_key WHERE id = ?').pluck();
  const keysOf = db
    .prepare<[number], Buffer>('SELECT key_ids FROM journal_segment WHERE segment = ?')
    .pluck();
  const entry = db
    .prepare<[number, number], Buffer>(
      'SELECT rows FROM journal_index WHERE key_id = ? AND segment = ?',
    )
    .pluck();

  return (segment: number, isSealed: boolean): void => {
    const places = keyPlaces(rowsBetween.all(firstOf(segment), lastOf(segment)));
    for (const id of places.keys()) {
      if (keyExists.get(id) === undefined) throw new Error(`key ${id} is used but not known`);
    }
    if (!isSealed) return;
    const ids = new Set([...places.keys(), ...unpackIds(keysOf.get(segment) ?? Buffer.alloc(0))]);
    for (const id of ids) {
      const indexed = [...(entry.get(id, segment) ?? [])];
      // Rows that were deleted may still be named until their whole segment is gone.
      const present = indexed.filter((place) => firstOf(segment) + place >= first);
      if (present.join() !== (places.get(id) ?? []).join()) {
        throw new Error(`segment ${segment} and its rows differ about key ${id}`);
      }
    }
  };
}
