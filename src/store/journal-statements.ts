import type { Db } from './database.ts';

export interface StoredRow {
  readonly counted: number;
  readonly output_hash: Buffer | null;
  readonly record_count: number;
  readonly stored_bytes: number;
  readonly fault_indexes: string | null;
}

/** The statements of the journal's writer. */
export function prepareStatements(db: Db) {
  const put = db.prepare(
    `INSERT OR REPLACE INTO journal VALUES (
       @sequence, @contextId, @storedAt, @codec, @rawBytes, @storedBytes, @recordCount,
       @firstReceivedAt, @lastReceivedAt, @firstEventTime, @lastEventTime, @accepted, @duplicate, @rejected, @skipped,
       @controls, @late, @outcomes, @faultIndexes, @outputHash, @keyIds, @parts, @records)`,
  );
  const update = db.prepare(
    `UPDATE journal SET context_id = @contextId, first_event_time = @firstEventTime,
       last_event_time = @lastEventTime, accepted = @accepted, duplicate = @duplicate,
       rejected = @rejected, skipped = @skipped, controls = @controls, late = @late,
       outcomes = @outcomes, fault_indexes = @faultIndexes, output_hash = @outputHash,
       key_ids = @keyIds
     WHERE sequence = @sequence`,
  );
  // A row that was counted before stays counted; what was put in front of it are controls.
  const replace = db.prepare(
    `UPDATE journal SET codec = @codec, raw_bytes = @rawBytes, stored_bytes = @storedBytes,
       record_count = @recordCount, controls = controls + @moved,
       outcomes = @frontOutcomes || outcomes, fault_indexes = @faultIndexes, output_hash = NULL,
       parts = @parts, records = @records, first_received_at = @firstReceivedAt,
       last_received_at = @lastReceivedAt
     WHERE sequence = @sequence`,
  );
  const moveEvidence = db.prepare(
    'UPDATE event SET record_index = record_index + ? WHERE sequence = ?',
  );
  // Places in a row are unique among its dead letters, so they step aside before they move.
  const moveLettersAside = db.prepare(
    'UPDATE dead_letter SET record_index = -1 - (record_index + ?) WHERE sequence = ?',
  );
  const moveLettersBack = db.prepare(
    'UPDATE dead_letter SET record_index = -1 - record_index WHERE sequence = ? AND record_index < 0',
  );
  const moveFaults = db.prepare(
    'UPDATE core_fault SET record_index = record_index + ? WHERE record_sequence = ?',
  );
  const touch = db.prepare(
    'UPDATE journal SET fault_indexes = ?, output_hash = ? WHERE sequence = ?',
  );
  const select = db.prepare<[number], StoredRow>(
    `SELECT accepted IS NOT NULL AS counted, output_hash, record_count, stored_bytes, fault_indexes
     FROM journal WHERE sequence = ?`,
  );
  const addTally = db.prepare(
    `INSERT INTO ledger VALUES (@cluster, @accepted, @duplicate, @rejected, @skipped, @late)
     ON CONFLICT DO UPDATE SET accepted = accepted + excluded.accepted,
       duplicate = duplicate + excluded.duplicate, rejected = rejected + excluded.rejected,
       skipped = skipped + excluded.skipped, late = late + excluded.late`,
  );

  /** Records put in front of a row move the places of those behind them. */
  const movePlaces = (moved: number, sequence: number): void => {
    moveEvidence.run(moved, sequence);
    moveLettersAside.run(moved, sequence);
    moveLettersBack.run(sequence);
    moveFaults.run(moved, sequence);
  };

  return { put, update, replace, movePlaces, touch, select, addTally };
}
