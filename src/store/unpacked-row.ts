import type { Micros } from '../model/micros.ts';
import type { Db } from './database.ts';
import { acceptedFlags } from './outcome-runs.ts';
import { decodeParts, unpackParts } from './part-layout.ts';
import { type Codec, decompress } from './payload-codec.ts';
import { recordOffsets, recordView } from './record-layout.ts';
import { clusterOf } from './summarize-arrivals.ts';

/** A journal row made ready for looking at single records. */
export interface UnpackedRow {
  readonly sequence: number;
  readonly recordCount: number;
  readonly rawBytes: number;
  accepted(index: number): boolean;
  record(index: number): UnpackedRecord | null;
}

export interface UnpackedRecord {
  readonly bytes: Buffer;
  readonly cluster: string;
  readonly receivedAt: Micros;
}

interface TableRow {
  readonly codec: Codec;
  readonly raw_bytes: number;
  readonly record_count: number;
  readonly outcomes: string | null;
  readonly parts: string | Buffer;
  readonly records: Buffer;
}

interface PartSpan {
  readonly end: number;
  readonly cluster: string;
  readonly receivedAt: Micros;
}

/** Reads and unpacks single rows; the newest one is kept, for the page behind this one. */
export function createRowUnpacker(db: Db): (sequence: number) => UnpackedRow | null {
  const select = db.prepare<[number], TableRow>(
    `SELECT codec, raw_bytes, record_count, outcomes, parts, records FROM journal
     WHERE sequence = ?`,
  );
  let latest: UnpackedRow | null = null;
  return (sequence) => {
    if (latest?.sequence === sequence) return latest;
    const row = select.get(sequence);
    latest = row === undefined ? null : unpack(sequence, row);
    return latest;
  };
}

function unpack(sequence: number, row: TableRow): UnpackedRow {
  const packed = decompress({ codec: row.codec, bytes: row.records }, row.raw_bytes);
  const offsets = recordOffsets(packed, row.record_count);
  const spans = spansOf(unpackParts(row.parts));
  const flags = acceptedFlags(row.outcomes ?? '', row.record_count);
  return {
    sequence,
    recordCount: row.record_count,
    rawBytes: row.raw_bytes,
    accepted: (index) => flags[index] === 1,
    record(index) {
      const bytes = recordView(packed, offsets, index);
      const span = spans.find((candidate) => index < candidate.end);
      if (bytes === null || span === undefined) return null;
      return { bytes, cluster: span.cluster, receivedAt: span.receivedAt };
    },
  };
}

function spansOf(text: string): PartSpan[] {
  let end = 0;
  return decodeParts(text).map(({ origin, receivedAt, positions }) => {
    end += positions.length;
    return { end, cluster: clusterOf(origin), receivedAt };
  });
}
