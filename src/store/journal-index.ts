import type { IndexKeys } from './batch-message.ts';
import type { Db } from './database.ts';
import type { KeyDictionary } from './key-dictionary.ts';
import { packIds, unpackIds } from './key-id-list.ts';
import { firstOf, lastOf, segmentOf } from './journal-segment.ts';

/**
 * The way from a pod, container or node to the journal rows with its events. A row names its keys
 * itself. When the last row of a segment is stored, the keys of all its rows go into the index: a
 * key of every row would have to be put in its own place of a large tree, which costs many times
 * what the row itself does.
 */
export interface JournalIndex {
  /** The ids of a row's keys, as the row stores them. */
  pack(entries: readonly IndexKeys[]): Buffer;
  /** A row was stored. */
  added(sequence: number): void;
  /** A row that was stored before has got its keys. */
  judged(sequence: number): void;
  /** Removes what the index holds of a row that is being deleted; returns keys it may have orphaned. */
  removed(sequence: number, keyIds: Buffer | null): readonly number[];
  /** Removes those of these keys that no row has any more. */
  prune(ids: Iterable<number>): void;
}

type KeyedRow = [sequence: number, keyIds: Buffer];

const NOTHING = Buffer.alloc(0);

export function createJournalIndex(db: Db, keys: KeyDictionary): JournalIndex {
  const rowsBetween = db
    .prepare<[number, number], KeyedRow>(
      `SELECT sequence, key_ids FROM journal
       WHERE sequence BETWEEN ? AND ? AND key_ids IS NOT NULL ORDER BY sequence`,
    )
    .raw();
  const firstRow = db.prepare<[], number>('SELECT min(sequence) FROM journal').pluck();
  const lastSegment = db.prepare<[], number>('SELECT max(segment) FROM journal_segment').pluck();
  const keysOf = db
    .prepare<[number], Buffer>('SELECT key_ids FROM journal_segment WHERE segment = ?')
    .pluck();
  const putSegment = db.prepare('INSERT OR REPLACE INTO journal_segment VALUES (?, ?)');
  const putEntry = db.prepare('INSERT OR REPLACE INTO journal_index VALUES (?, ?, ?)');
  const removeSegment = db.prepare('DELETE FROM journal_segment WHERE segment = ?');
  const removeEntry = db.prepare('DELETE FROM journal_index WHERE key_id = ? AND segment = ?');

  const seal = (segment: number): void => {
    const places = keyPlaces(rowsBetween.all(firstOf(segment), lastOf(segment)));
    const ids = [...places.keys()].toSorted((left, right) => left - right);
    for (const id of unpackIds(keysOf.get(segment) ?? NOTHING)) {
      if (!places.has(id)) removeEntry.run(id, segment);
    }
    for (const id of ids) putEntry.run(id, segment, Buffer.from(places.get(id) ?? []));
    putSegment.run(segment, packIds(ids));
  };
  return {
    pack(entries) {
      const ids = entries.flatMap(({ kind, cluster, values }) =>
        values.map((value) => keys.idOf(kind, cluster, value)),
      );
      return packIds(ids.toSorted((left, right) => left - right));
    },
    added(sequence) {
      const segment = segmentOf(sequence);
      if (sequence !== lastOf(segment)) return;
      const next = lastSegment.get() ?? segmentOf(firstRow.get() ?? sequence) - 1;
      for (let unsealed = next + 1; unsealed <= segment; unsealed += 1) seal(unsealed);
    },
    judged(sequence) {
      const segment = segmentOf(sequence);
      if (keysOf.get(segment) !== undefined) seal(segment);
    },
    removed(sequence, keyIds) {
      const segment = segmentOf(sequence);
      const sealed = keysOf.get(segment);
      if (sealed === undefined) return keyIds === null ? [] : unpackIds(keyIds);
      if (sequence !== lastOf(segment)) return [];
      const ids = unpackIds(sealed);
      for (const id of ids) removeEntry.run(id, segment);
      removeSegment.run(segment);
      return ids;
    },
    prune(ids) {
      const candidates = new Set(ids);
      if (candidates.size === 0) return;
      const unsealedFrom = firstOf((lastSegment.get() ?? -1) + 1);
      for (const [, keyIds] of rowsBetween.iterate(unsealedFrom, Number.MAX_SAFE_INTEGER)) {
        for (const id of unpackIds(keyIds)) candidates.delete(id);
      }
      keys.prune(candidates);
    },
  };
}

/** For each key the places of its rows within their segment, which fit into a byte. */
export function keyPlaces(rows: readonly KeyedRow[]): Map<number, number[]> {
  const places = new Map<number, number[]>();
  for (const [sequence, keyIds] of rows) {
    const place = sequence - firstOf(segmentOf(sequence));
    for (const id of unpackIds(keyIds)) {
      const known = places.get(id);
      if (known === undefined) places.set(id, [place]);
      else known.push(place);
    }
  }
  return places;
}
