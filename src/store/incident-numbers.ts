import type { Db } from './database.ts';
import { readMeta, type MetaWriter } from './meta.ts';

/** The short numbers by which people name incidents, in the order of first appearance. */
export interface IncidentNumbers {
  /** The number for an incident that has none in this database yet. */
  next(incidentId: string): number;
  /** Reads the last number again, after a rollback. */
  reload(): void;
}

/** @param known Numbers that an older database gave; their incidents keep them. */
export function createIncidentNumbers(
  db: Db,
  meta: MetaWriter,
  known: ReadonlyMap<string, number>,
): IncidentNumbers {
  if (known.size > 0) {
    let highest = readMeta(db, 'last_number');
    for (const number of known.values()) highest = Math.max(highest, number);
    meta.set('last_number', highest);
  }
  let last = 0;
  const reload = (): void => {
    last = readMeta(db, 'last_number');
  };
  reload();
  return {
    reload,
    next(incidentId) {
      const kept = known.get(incidentId);
      if (kept !== undefined) return kept;
      last += 1;
      meta.set('last_number', last);
      return last;
    },
  };
}
