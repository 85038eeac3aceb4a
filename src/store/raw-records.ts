import { LIMITS } from '../config/limits.ts';
import type { JournalRef } from '../model/part.ts';
import type { Db } from './database.ts';
import { decompress, type Codec } from './payload-codec.ts';
import { recordOffsets, recordView } from './record-layout.ts';

/** The unpacked records of one journal row. */
interface Unpacked {
  readonly packed: Buffer;
  readonly recordCount: number;
  offsets: Uint32Array | null;
}

interface PayloadRow {
  readonly codec: Codec;
  readonly raw_bytes: number;
  readonly record_count: number;
  readonly records: Buffer;
}

/** Finds the raw bytes of records, first among the rows written or read a moment ago. */
export interface RawRecords {
  remember(sequence: number, packed: Uint8Array<ArrayBuffer>, recordCount: number): void;
  /** A view that holds until the next call; null if the journal no longer has the record. */
  read(ref: JournalRef): Buffer | null;
  /** Forgets everything, because what was remembered may have been rolled back. */
  clear(): void;
}

export function createRawRecords(
  db: Db,
  bytesMax: number = LIMITS.unpackedRowsBytesMax,
): RawRecords {
  const select = db.prepare<[number], PayloadRow>(
    'SELECT codec, raw_bytes, record_count, records FROM journal WHERE sequence = ?',
  );
  /** Least recently used first. */
  const rows = new Map<number, Unpacked>();
  let bytes = 0;

  const keep = (sequence: number, row: Unpacked): void => {
    bytes += row.packed.byteLength - (rows.get(sequence)?.packed.byteLength ?? 0);
    rows.delete(sequence);
    rows.set(sequence, row);
    for (const [oldest, old] of rows) {
      if (bytes <= bytesMax || oldest === sequence) break;
      rows.delete(oldest);
      bytes -= old.packed.byteLength;
    }
  };
  const load = (sequence: number): Unpacked | null => {
    const row = select.get(sequence);
    if (row === undefined) return null;
    const packed = decompress({ codec: row.codec, bytes: row.records }, row.raw_bytes);
    return { packed, recordCount: row.record_count, offsets: null };
  };
  return {
    remember(sequence, packed, recordCount) {
      keep(sequence, { packed: Buffer.from(packed.buffer), recordCount, offsets: null });
    },
    read({ sequence, index }) {
      const row = rows.get(sequence) ?? load(sequence);
      if (row === null) return null;
      keep(sequence, row);
      row.offsets ??= recordOffsets(row.packed, row.recordCount);
      return recordView(row.packed, row.offsets, index);
    },
    clear() {
      rows.clear();
      bytes = 0;
    },
  };
}
