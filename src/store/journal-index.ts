import type { IndexKeys } from './batch-message.ts';
import type { Db } from './database.ts';
import type { KeyDictionary } from './key-dictionary.ts';
import { packIds } from './key-id-list.ts';

/**
 * Makes the writer of a journal row's index entries. It returns the ids of the row's keys, packed,
 * so that retention can delete the entries without searching for them.
 */
export function createIndexWriter(
  db: Db,
  keys: KeyDictionary,
): (sequence: number, entries: readonly IndexKeys[]) => Buffer {
  const insert = db.prepare('INSERT OR REPLACE INTO journal_index VALUES (?, ?, ?)');
  return (sequence, entries) => {
    const ids: number[] = [];
    for (const { kind, cluster, values, counts } of entries) {
      for (const [index, value] of values.entries()) {
        const id = keys.idOf(kind, cluster, value);
        insert.run(id, sequence, counts[index] ?? 0);
        ids.push(id);
      }
    }
    return packIds(ids.toSorted((left, right) => left - right));
  };
}
