import type { Part } from '../model/part.ts';

/** Bytes of the length in front of each record: an unsigned 32-bit number, little-endian. */
const LENGTH_BYTES = 4;

/** Where packed records are put. */
export type TakeMemory = (bytes: number) => ArrayBuffer;

// A buffer outside of Node's pool owns its memory and can be handed to another thread.
const newMemory: TakeMemory = (bytes) => Buffer.allocUnsafeSlow(bytes).buffer;

/** The records of all parts one behind the other, each with its length in front. */
export function packRecords(
  parts: readonly Part[],
  takeMemory: TakeMemory = newMemory,
): Buffer<ArrayBuffer> {
  let size = 0;
  for (const part of parts) {
    for (const record of part.records) size += LENGTH_BYTES + record.bytes.byteLength;
  }
  const packed = Buffer.from(takeMemory(size), 0, size);
  let offset = 0;
  for (const part of parts) {
    for (const record of part.records) {
      offset = packed.writeUInt32LE(record.bytes.byteLength, offset);
      packed.set(record.bytes, offset);
      offset += record.bytes.byteLength;
    }
  }
  return packed;
}

/** Where each record begins (behind its length), and the end of the last one plus a length. */
export function recordOffsets(packed: Buffer, recordCount: number): Uint32Array {
  const offsets = new Uint32Array(recordCount + 1);
  let offset = LENGTH_BYTES;
  for (let index = 0; index < recordCount; index += 1) {
    offsets[index] = offset;
    offset += packed.readUInt32LE(offset - LENGTH_BYTES) + LENGTH_BYTES;
  }
  offsets[recordCount] = offset;
  return offsets;
}

/** A view of one record; null if there is none of this index. */
export function recordView(packed: Buffer, offsets: Uint32Array, index: number): Buffer | null {
  const start = offsets[index];
  const next = offsets[index + 1];
  if (start === undefined || next === undefined) return null;
  return packed.subarray(start, next - LENGTH_BYTES);
}
