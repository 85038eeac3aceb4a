import type { Db } from './database.ts';
import { openForReading } from './database.ts';

/** Numbers of an older database's incidents, by incident id. */
export function readIncidentNumbers(file: string): Map<string, number> {
  const old = openForReading(file);
  try {
    const rows = old.prepare<[], [string, number]>('SELECT id, number FROM incident').raw().all();
    return new Map(rows);
  } finally {
    old.close();
  }
}

/**
 * Brings into a fresh database what a rebuild from the older one's journal can not make again: the
 * audit log with its chain of hashes, and the faults of the core.
 */
export function carryOver(db: Db, file: string): void {
  // Opening it for reading first refuses a file of another program or schema with a clear error.
  openForReading(file).close();
  db.prepare('ATTACH ? AS old').run(file);
  try {
    db.transaction(copyAll).immediate(db);
  } finally {
    db.exec('DETACH old');
  }
}

function copyAll(db: Db): void {
  db.exec('INSERT INTO main.audit SELECT * FROM old.audit ORDER BY sequence');
  db.exec(
    `INSERT OR REPLACE INTO main.meta
     SELECT * FROM old.meta WHERE key IN ('audit_rows', 'audit_head')`,
  );
  db.exec('INSERT INTO main.core_fault SELECT * FROM old.core_fault');
}
