import type { JournalRef } from '../model/part.ts';
import type { Db } from './database.ts';
import { decodeIndexes, encodeIndexes } from './journal-writer.ts';
import { refuseOutcomes } from './outcome-runs.ts';
import { createRowUnpacker } from './unpacked-row.ts';

/**
 * Marks records of rows that are stored already as refused: whoever reads the row again passes them
 * over, and the row counts them as rejected.
 */
export type SetAside = (refs: readonly JournalRef[]) => void;

interface CountedRow {
  readonly fault_indexes: string | null;
  /** Null while the row has not been judged; then it is counted later. */
  readonly outcomes: string | null;
}

export function createSetAside(db: Db): SetAside {
  const select = db.prepare<[number], CountedRow>(
    'SELECT fault_indexes, outcomes FROM journal WHERE sequence = ?',
  );
  const list = db.prepare('UPDATE journal SET fault_indexes = ? WHERE sequence = ?');
  const recount = db.prepare(
    `UPDATE journal SET outcomes = @outcomes, accepted = accepted - @accepted,
       duplicate = duplicate - @duplicate, rejected = rejected + @accepted + @duplicate
     WHERE sequence = @sequence`,
  );
  const tally = db.prepare(
    `UPDATE ledger SET accepted = accepted - @accepted, duplicate = duplicate - @duplicate,
       rejected = rejected + @accepted + @duplicate WHERE cluster = @cluster`,
  );

  const setAside = (sequence: number, index: number): void => {
    const row = select.get(sequence);
    if (row === undefined) return;
    const known = new Set(decodeIndexes(row.fault_indexes)).add(index);
    list.run(encodeIndexes([...known].toSorted((left, right) => left - right)), sequence);
    if (row.outcomes === null) return;
    const { outcomes, was } = refuseOutcomes(row.outcomes, index);
    const counts = { accepted: Number(was === 'a'), duplicate: Number(was === 'd') };
    const cluster = createRowUnpacker(db)(sequence)?.record(index)?.cluster ?? '';
    recount.run({ ...counts, outcomes, sequence });
    tally.run({ ...counts, cluster });
  };
  return (refs) => {
    for (const { sequence, index } of refs) setAside(sequence, index);
  };
}
