import { LIMITS } from '../config/limits.ts';
import { MICROS_PER_MS, type Micros } from '../model/micros.ts';
import type { Db } from './database.ts';
import type { JournalIndex } from './journal-index.ts';
import { type MetaWriter, readMeta } from './meta.ts';
import type { SnapshotStore } from './snapshot-store.ts';

export interface RetentionLimits {
  /** Age since a row was stored, in milliseconds of wall time. */
  readonly keepMs: number;
  /** Compressed bytes of all rows. */
  readonly keepBytes: number;
}

export interface JournalRetention {
  /** Deletes a few of the oldest rows beyond the limits, in one transaction; returns how many. */
  step(now: Micros): number;
}

interface OldRow {
  readonly sequence: number;
  readonly stored_at: number;
  readonly stored_bytes: number;
  readonly accepted: number | null;
  readonly duplicate: number | null;
  readonly rejected: number | null;
  readonly skipped: number | null;
  readonly late: number | null;
  readonly key_ids: Buffer | null;
}

/** Pages given back to the file system per step: 4 MiB. */
const VACUUM_PAGES = 256;

interface RetentionParts {
  readonly index: JournalIndex;
  readonly meta: MetaWriter;
  readonly snapshots: SnapshotStore;
  readonly limits: RetentionLimits;
}

export function createJournalRetention(db: Db, parts: RetentionParts): JournalRetention {
  const { index, meta, snapshots, limits } = parts;
  const oldest = db.prepare<[number, number], OldRow>(
    `SELECT sequence, stored_at, stored_bytes, accepted, duplicate, rejected, skipped, late, key_ids
     FROM journal WHERE sequence < ? ORDER BY sequence LIMIT ?`,
  );
  const removeRow = db.prepare('DELETE FROM journal WHERE sequence = ?');

  const retire = (row: OldRow, touched: Set<number>): void => {
    for (const id of index.removed(row.sequence, row.key_ids)) touched.add(id);
    removeRow.run(row.sequence);
    meta.add('retired_rows', 1);
    meta.add('retired_accepted', row.accepted ?? 0);
    meta.add('retired_duplicate', row.duplicate ?? 0);
    meta.add('retired_rejected', row.rejected ?? 0);
    meta.add('retired_skipped', row.skipped ?? 0);
    meta.add('retired_late', row.late ?? 0);
    meta.add('journal_bytes', -row.stored_bytes);
  };
  const removeSome = db.transaction((before: number, now: Micros): number => {
    let bytes = readMeta(db, 'journal_bytes');
    const storedBefore = now - limits.keepMs * MICROS_PER_MS;
    const touched = new Set<number>();
    let removed = 0;
    for (const row of oldest.all(before, LIMITS.retentionRowsPerStep)) {
      if (row.stored_at >= storedBefore && bytes <= limits.keepBytes) break;
      retire(row, touched);
      bytes -= row.stored_bytes;
      removed += 1;
      snapshots.dropBefore(row.sequence + 1);
    }
    index.prune(touched);
    return removed;
  });
  return {
    step(now) {
      const before = snapshots.neededFrom();
      if (before === null) return 0;
      const removed = removeSome.immediate(before, now);
      if (removed > 0) db.pragma(`incremental_vacuum(${VACUUM_PAGES})`);
      return removed;
    },
  };
}
