import type { Db } from './database.ts';

/** Single numbers that the writer keeps in the same transaction as what they count. */
export type MetaKey =
  | 'last_sequence'
  | 'last_number'
  | 'journal_bytes'
  | 'outputs_differed'
  | 'dead_letters'
  | 'audit_rows'
  | 'retired_rows'
  | 'retired_accepted'
  | 'retired_duplicate'
  | 'retired_rejected'
  | 'retired_skipped'
  | 'retired_late';

export function readMeta(db: Db, key: MetaKey): number {
  const row = db
    .prepare<[string], { value: number }>('SELECT value FROM meta WHERE key = ?')
    .get(key);
  return row?.value ?? 0;
}

/** SHA-256 of the newest audit entry. */
export function readAuditHead(db: Db): string {
  const select = db.prepare<[], string>("SELECT value FROM meta WHERE key = 'audit_head'");
  return select.pluck().get() ?? '';
}

export interface MetaWriter {
  set(key: MetaKey, value: number): void;
  add(key: MetaKey, amount: number): void;
}

export function createMetaWriter(db: Db): MetaWriter {
  const set = db.prepare(
    'INSERT INTO meta VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value',
  );
  const add = db.prepare(
    'INSERT INTO meta VALUES (?, ?) ON CONFLICT DO UPDATE SET value = value + excluded.value',
  );
  return {
    set(key, value) {
      set.run(key, value);
    },
    add(key, amount) {
      add.run(key, amount);
    },
  };
}
