import type { KeyKind } from './batch-message.ts';
import type { Db } from './database.ts';

/** Numbers for pods, containers and nodes, so that an index entry is a few bytes. */
export interface KeyDictionary {
  idOf(kind: KeyKind, cluster: string, value: string): number;
  /** Removes those of these ids that no journal row names any more. */
  prune(ids: Iterable<number>): void;
  clear(): void;
}

/** Containers come and go for ever; past this many the cache starts anew. */
const CACHED_MAX = 200_000;

export function createKeyDictionary(db: Db): KeyDictionary {
  const select = db.prepare<[number, string, string], { id: number }>(
    'SELECT id FROM journal_key WHERE kind = ? AND value = ? AND cluster = ?',
  );
  const insert = db.prepare('INSERT INTO journal_key (kind, value, cluster) VALUES (?, ?, ?)');
  const removeUnused = db.prepare(
    `DELETE FROM journal_key
     WHERE id = ? AND NOT EXISTS (SELECT 1 FROM journal_index WHERE key_id = journal_key.id)`,
  );
  const cache = new Map<string, number>();

  const find = (kind: KeyKind, cluster: string, value: string): number =>
    select.get(kind, value, cluster)?.id ??
    Number(insert.run(kind, value, cluster).lastInsertRowid);
  return {
    idOf(kind, cluster, value) {
      const name = `${kind}\0${cluster}\0${value}`;
      const known = cache.get(name);
      if (known !== undefined) return known;
      const id = find(kind, cluster, value);
      if (cache.size >= CACHED_MAX) cache.clear();
      cache.set(name, id);
      return id;
    },
    prune(ids) {
      for (const id of ids) removeUnused.run(id);
      cache.clear();
    },
    clear() {
      cache.clear();
    },
  };
}
