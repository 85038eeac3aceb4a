import type { Part } from '../model/part.ts';
import type { Db } from './database.ts';
import { decodeIndexes } from './journal-writer.ts';
import { ownBytes } from './own-bytes.ts';
import { decodeParts, unpackParts } from './part-layout.ts';
import { type Codec, decompress } from './payload-codec.ts';
import type { JournalRow } from './ports.ts';
import { recordOffsets, recordView } from './record-layout.ts';

/** An unpacked journal row between two threads. */
export interface JournalRowMessage {
  readonly sequence: number;
  readonly run: string;
  readonly parts: string;
  readonly records: Uint8Array<ArrayBuffer>;
  readonly recordCount: number;
  readonly faultIndexes: readonly number[];
  readonly outputHash: string | null;
}

export interface JournalPage {
  readonly rows: readonly JournalRowMessage[];
  /** Where to go on; null at the end. */
  readonly next: number | null;
}

interface TableRow {
  readonly sequence: number;
  readonly run: string;
  readonly codec: Codec;
  readonly raw_bytes: number;
  readonly record_count: number;
  readonly fault_indexes: string | null;
  readonly output_hash: Buffer | null;
  readonly parts: string | Buffer;
  readonly records: Buffer;
}

const PAGE_ROWS_MAX = 8;
const PAGE_BYTES_MAX = 8 * 1024 * 1024;

/** Reads a few journal rows at a time. */
export function createJournalReader(db: Db): (from: number) => JournalPage {
  const select = db.prepare<[number], TableRow>(
    `SELECT sequence, run, codec, raw_bytes, record_count, fault_indexes, output_hash, parts, records
     FROM journal JOIN journal_context ON journal_context.id = journal.context_id
     WHERE sequence >= ? ORDER BY sequence LIMIT 1`,
  );
  return (from) => {
    const rows: JournalRowMessage[] = [];
    let bytes = 0;
    let next = from;
    while (rows.length < PAGE_ROWS_MAX && bytes < PAGE_BYTES_MAX) {
      const row = select.get(next);
      if (row === undefined) return { rows, next: null };
      rows.push(unpackRow(row));
      bytes += row.raw_bytes;
      next = row.sequence + 1;
    }
    return { rows, next };
  };
}

function unpackRow(row: TableRow): JournalRowMessage {
  return {
    sequence: row.sequence,
    run: row.run,
    parts: unpackParts(row.parts),
    records: ownBytes(decompress({ codec: row.codec, bytes: row.records }, row.raw_bytes)),
    recordCount: row.record_count,
    faultIndexes: decodeIndexes(row.fault_indexes),
    outputHash: row.output_hash?.toString('hex') ?? null,
  };
}

/** Puts parts and records together again; the records are views of the row's one buffer. */
export function decodeJournalRow(message: JournalRowMessage): JournalRow {
  const { sequence, run, faultIndexes, outputHash } = message;
  const packed = Buffer.from(message.records.buffer);
  const offsets = recordOffsets(packed, message.recordCount);
  let index = 0;
  const nextBytes = (): Buffer => {
    const bytes = recordView(packed, offsets, index);
    if (bytes === null) throw new Error(`Journal row ${sequence} has fewer records than parts.`);
    index += 1;
    return bytes;
  };
  const parts = decodeParts(message.parts).map((header): Part => {
    const { origin, receivedAt, positions, readTo } = header;
    const records = positions.map((position) => ({ bytes: nextBytes(), position }));
    const part = { origin, receivedAt, records };
    return readTo === null ? part : Object.assign(part, { readTo });
  });
  return { sequence, run, parts, faultIndexes, outputHash };
}
