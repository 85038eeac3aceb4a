import type { BatchMessage, ClusterTally, PackedRow } from './batch-message.ts';
import type { Db } from './database.ts';
import type { JournalIndex } from './journal-index.ts';
import { prepareStatements, type StoredRow } from './journal-statements.ts';
import { createContextIds } from './context-ids.ts';
import type { MetaWriter } from './meta.ts';
import { packParts } from './part-layout.ts';
import { compress } from './payload-codec.ts';
import type { RowContext } from './ports.ts';
import { createSourcePositions } from './source-positions.ts';
import { StoreError } from './store-error.ts';

export interface JournalWriter {
  /** Inserts a judged row; returns the bytes stored for its records. */
  insertJudged(message: BatchMessage, row: PackedRow, outputHash: string): number;
  /** Inserts or replaces a row that the core failed on: raw records without a result. */
  putUnjudged(sequence: number, row: PackedRow, context: RowContext): void;
  /**
   * Notes the result of a row that exists.
   * @returns whether the row was counted for the first time.
   */
  noteJudged(message: BatchMessage, outputHash: string): boolean;
}

type Totals = Omit<ClusterTally, 'cluster'>;

export function createJournalWriter(db: Db, index: JournalIndex, meta: MetaWriter): JournalWriter {
  const contexts = createContextIds(db);
  const sources = createSourcePositions(db);
  const { put, update, replace, movePlaces, touch, select, addTally } = prepareStatements(db);
  const resultColumns = (message: BatchMessage, outputHash: string) => {
    const { sequence, arrivals, context } = message;
    for (const tally of arrivals.tallies) addTally.run(tally);
    return {
      sequence,
      contextId: contexts.idOf(context),
      firstEventTime: arrivals.firstEventTime,
      lastEventTime: arrivals.lastEventTime,
      ...sumTallies(arrivals.tallies),
      controls: arrivals.controls,
      outcomes: arrivals.outcomes,
      faultIndexes: encodeIndexes(context.faultIndexes),
      outputHash: Buffer.from(outputHash, 'hex'),
      keyIds: index.pack(arrivals.keys),
    };
  };

  return {
    insertJudged(message, row, outputHash) {
      const columns = rawColumns(row);
      const result = resultColumns(message, outputHash);
      put.run({ ...columns, ...result, ...storedAt(message.context) });
      index.added(message.sequence);
      sources.write(row.readTo);
      meta.set('last_sequence', message.sequence);
      meta.add('journal_bytes', columns.storedBytes);
      return columns.storedBytes;
    },
    putUnjudged(sequence, row, context) {
      const before = select.get(sequence);
      const columns = rawColumns(row);
      const moved = before === undefined ? 0 : row.recordCount - before.record_count;
      const faultIndexes = encodeIndexes(mergeFaults(before, moved, context.faultIndexes));
      if (before?.counted === 1) {
        const frontOutcomes = moved > 0 ? `c${moved}` : '';
        replace.run({ ...columns, sequence, moved, frontOutcomes, faultIndexes });
      } else {
        const known = { sequence, contextId: contexts.idOf(context), faultIndexes };
        put.run({ ...columns, ...NO_RESULT, ...storedAt(context), ...known });
        index.added(sequence);
      }
      if (moved > 0) movePlaces(moved, sequence);
      meta.add('journal_bytes', columns.storedBytes - (before?.stored_bytes ?? 0));
      if (before !== undefined) return;
      // Only a row that is new moves sources on; behind an older one they were read further already.
      sources.write(row.readTo);
      meta.set('last_sequence', sequence);
    },
    noteJudged(message, outputHash) {
      const { sequence, context } = message;
      const before = select.get(sequence);
      if (before === undefined) throw missingRow(sequence);
      if (before.counted === 0) {
        update.run(resultColumns(message, outputHash));
        index.judged(sequence);
        return true;
      }
      const hash = Buffer.from(outputHash, 'hex');
      if (before.output_hash !== null && !before.output_hash.equals(hash)) {
        meta.add('outputs_differed', 1);
      }
      touch.run(encodeIndexes(context.faultIndexes), hash, sequence);
      return false;
    },
  };
}

const missingRow = (sequence: number): StoreError =>
  new StoreError('foreign-writer', `Journal row ${sequence} is not there any more.`);

const NO_RESULT = {
  firstEventTime: null,
  lastEventTime: null,
  accepted: null,
  duplicate: null,
  rejected: null,
  skipped: null,
  controls: null,
  late: null,
  outcomes: null,
  outputHash: null,
  keyIds: null,
};

function rawColumns(row: PackedRow) {
  const { codec, bytes } = compress(row.records);
  return {
    codec,
    rawBytes: row.records.byteLength,
    storedBytes: bytes.byteLength,
    recordCount: row.recordCount,
    firstReceivedAt: row.firstReceivedAt,
    lastReceivedAt: row.lastReceivedAt,
    parts: packParts(row.parts),
    records: bytes,
  };
}

function sumTallies(tallies: readonly ClusterTally[]): Totals {
  const totals = { accepted: 0, duplicate: 0, rejected: 0, skipped: 0, late: 0 };
  for (const tally of tallies) {
    totals.accepted += tally.accepted;
    totals.duplicate += tally.duplicate;
    totals.rejected += tally.rejected;
    totals.skipped += tally.skipped;
    totals.late += tally.late;
  }
  return totals;
}

const storedAt = (context: RowContext) => ({ storedAt: context.wallTime });

/** Known faults stay known. Records put in front of a row move those behind them. */
function mergeFaults(
  before: StoredRow | undefined,
  moved: number,
  added: readonly number[],
): readonly number[] {
  if (before === undefined) return added;
  const known = decodeIndexes(before.fault_indexes).map((index) => index + moved);
  return [...new Set([...known, ...added])].toSorted((left, right) => left - right);
}

export const encodeIndexes = (indexes: readonly number[]): string | null =>
  indexes.length === 0 ? null : JSON.stringify(indexes);

export const decodeIndexes = (text: string | null): readonly number[] =>
  text === null ? [] : (JSON.parse(text) as number[]);
