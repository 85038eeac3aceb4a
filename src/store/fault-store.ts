import type { Db } from './database.ts';
import type { PackedRow } from './batch-message.ts';
import type { DeadLetters } from './dead-letters.ts';
import type { JournalWriter } from './journal-writer.ts';
import { readMeta } from './meta.ts';
import type { CoreFault, RowContext } from './ports.ts';
import type { RawRecords } from './raw-records.ts';
import { StoreError } from './store-error.ts';

/** A fault on its way to the writer, with the raw batch it happened in. */
export interface FaultMessage {
  readonly fault: CoreFault;
  readonly row: PackedRow | null;
  /** Cluster of the record at fault; empty if it is unknown or belongs to none. */
  readonly cluster: string;
  readonly context: RowContext;
}

export interface FaultStore {
  /** Keeps a fault, its record as a dead letter, and the raw row; within one transaction. */
  record(message: FaultMessage): void;
  list(): readonly CoreFault[];
}

interface FaultParts {
  readonly journal: JournalWriter;
  readonly raws: RawRecords;
  readonly letters: DeadLetters;
}

interface FaultRow {
  readonly at: number;
  readonly room: string;
  readonly rule_id: string | null;
  readonly record_hash: string | null;
  readonly sequence: number | null;
  readonly record_index: number | null;
  readonly message: string;
  readonly stack: string;
}

export function createFaultStore(db: Db, parts: FaultParts): FaultStore {
  const { journal, raws, letters } = parts;
  const insert = db.prepare(
    `INSERT INTO core_fault (at, room, rule_id, record_hash, sequence, record_index, message, stack)
     VALUES (@at, @room, @ruleId, @recordHash, @sequence, @recordIndex, @message, @stack)`,
  );
  const select = db.prepare<[], FaultRow>('SELECT * FROM core_fault ORDER BY number');

  const putRow = (sequence: number, row: PackedRow, context: RowContext): void => {
    const last = readMeta(db, 'last_sequence');
    if (last !== 0 && sequence > last + 1) {
      throw new StoreError('foreign-writer', `Row ${sequence} can not follow row ${last}.`);
    }
    journal.putUnjudged(sequence, row, context);
    raws.remember(sequence, row.records, row.recordCount);
  };
  const addLetter = ({ fault, cluster, context }: FaultMessage): void => {
    const { sequence, recordIndex } = fault;
    if (sequence === null || recordIndex === null) return;
    const raw = raws.read({ sequence, index: recordIndex });
    const detail = `The engine failed on this record and set it aside: ${fault.message}`;
    const letter = { index: recordIndex, cluster, code: 'core-fault', detail, raw };
    letters.add(context.wallTime, sequence, letter);
  };
  return {
    record(message) {
      const { fault, row, context } = message;
      if (row !== null) {
        putRow(fault.sequence ?? readMeta(db, 'last_sequence') + 1, row, context);
      }
      insert.run(fault);
      addLetter(message);
      letters.trim();
    },
    list: () =>
      select.all().map((row) => ({
        at: row.at,
        room: row.room,
        ruleId: row.rule_id,
        recordHash: row.record_hash,
        sequence: row.sequence,
        recordIndex: row.record_index,
        message: row.message,
        stack: row.stack,
      })),
  };
}
