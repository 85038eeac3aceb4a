import type { PackedRow } from './batch-message.ts';
import type { Db } from './database.ts';
import type { DeadLetters } from './dead-letters.ts';
import type { JournalWriter } from './journal-writer.ts';
import { readMeta } from './meta.ts';
import type { JournalRef } from '../model/part.ts';
import type { CoreFault, FaultReport, RowContext } from './ports.ts';
import type { RawRecords } from './raw-records.ts';
import type { SetAside } from './set-aside.ts';
import { StoreError } from './store-error.ts';
import { createRowUnpacker } from './unpacked-row.ts';

/** A fault on its way to the writer, with the raw batch it happened in. */
export interface FaultMessage extends Pick<FaultReport, 'fault' | 'context' | 'elsewhere'> {
  readonly row: PackedRow;
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
  readonly setAside: SetAside;
}

interface FaultRow {
  readonly at: number;
  readonly room: string;
  readonly rule_id: string | null;
  readonly record_hash: string | null;
  readonly sequence: number;
  readonly record_sequence: number | null;
  readonly record_index: number | null;
  readonly message: string;
  readonly stack: string;
}

export function createFaultStore(db: Db, parts: FaultParts): FaultStore {
  const { journal, raws, letters, setAside } = parts;
  const insert = db.prepare(
    `INSERT INTO core_fault (at, room, rule_id, record_hash, sequence, record_sequence,
       record_index, message, stack)
     VALUES (@at, @room, @ruleId, @recordHash, @sequence, @recordSequence, @recordIndex, @message,
       @stack)`,
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
  const addLetters = (message: FaultMessage): void => {
    const { fault, context } = message;
    const unpack = createRowUnpacker(db);
    const detail = `The engine failed on this record and set it aside: ${fault.message}`;
    for (const { sequence, index } of refusedBy(message)) {
      const record = unpack(sequence)?.record(index) ?? null;
      const cluster = record?.cluster ?? '';
      const letter = { index, cluster, code: 'core-fault', detail, raw: record?.bytes ?? null };
      letters.add(context.wallTime, sequence, letter);
    }
    letters.trim();
  };
  return {
    record(message) {
      const { fault, row, context } = message;
      const { record, ...columns } = fault;
      putRow(fault.sequence, row, context);
      setAside(refusedBy(message));
      const place = {
        recordSequence: record?.sequence ?? null,
        recordIndex: record?.index ?? null,
      };
      insert.run({ ...columns, ...place });
      addLetters(message);
    },
    list: () => select.all().map(readFault),
  };
}

/** Every copy of the record at fault, wherever it came in. */
function refusedBy({ fault, context, elsewhere }: FaultMessage): readonly JournalRef[] {
  const { sequence } = fault;
  return [...elsewhere, ...context.faultIndexes.map((index) => ({ sequence, index }))];
}

function readFault(row: FaultRow): CoreFault {
  const { at, room, sequence, message, stack } = row;
  const { record_sequence: recordSequence, record_index: index } = row;
  const isNamed = recordSequence !== null && index !== null;
  const record = isNamed ? { sequence: recordSequence, index } : null;
  const blamed = { ruleId: row.rule_id, recordHash: row.record_hash, record };
  return { at, room, ...blamed, sequence, message, stack };
}
