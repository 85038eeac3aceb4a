import { LIMITS } from '../config/limits.ts';
import type { JournalRef } from '../model/part.ts';
import type { Db } from './database.ts';
import { decompress, type Codec } from './payload-codec.ts';
import { recordOffsets, recordView } from './record-layout.ts';
import { SPARE_BYTES_MIN } from './spare-buffers.ts';

/** The unpacked records of one journal row. */
interface Unpacked {
  readonly packed: Buffer;
  readonly recordCount: number;
  /** The memory behind it, if it came from another thread that can use it again. */
  readonly lent: ArrayBuffer | null;
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
  /** Memory lent by `remember` that is not needed any more. */
  takeSpares(): readonly ArrayBuffer[];
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
  let spares: ArrayBuffer[] = [];

  const keep = (sequence: number, row: Unpacked): void => {
    const before = rows.get(sequence);
    bytes += sizeOf(row) - (before === undefined ? 0 : sizeOf(before));
    rows.delete(sequence);
    rows.set(sequence, row);
    for (const [oldest, old] of rows) {
      if (bytes <= bytesMax || oldest === sequence) break;
      rows.delete(oldest);
      bytes -= sizeOf(old);
      if (old.lent !== null) spares.push(old.lent);
    }
  };
  const load = (sequence: number): Unpacked | null => {
    const row = select.get(sequence);
    if (row === undefined) return null;
    const packed = decompress({ codec: row.codec, bytes: row.records }, row.raw_bytes);
    return { packed, recordCount: row.record_count, lent: null, offsets: null };
  };
  return {
    remember(sequence, packed, recordCount) {
      const { buffer, byteOffset, byteLength } = packed;
      const view = Buffer.from(buffer, byteOffset, byteLength);
      const lent = buffer.byteLength >= SPARE_BYTES_MIN ? buffer : null;
      keep(sequence, { packed: view, recordCount, lent, offsets: null });
    },
    read({ sequence, index }) {
      const row = rows.get(sequence) ?? load(sequence);
      if (row === null) return null;
      keep(sequence, row);
      row.offsets ??= recordOffsets(row.packed, row.recordCount);
      return recordView(row.packed, row.offsets, index);
    },
    takeSpares() {
      const taken = spares;
      spares = [];
      return taken;
    },
    clear() {
      rows.clear();
      bytes = 0;
    },
  };
}

const sizeOf = ({ packed, lent }: Unpacked): number => (lent ?? packed).byteLength;
