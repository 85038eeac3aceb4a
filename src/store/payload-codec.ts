import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';

/** How a column of bytes is stored. The names are stored with it. */
export type Codec = 'none' | 'zstd';

export interface Coded {
  readonly codec: Codec;
  readonly bytes: Uint8Array;
}

const LEVEL_1 = { [constants.ZSTD_c_compressionLevel]: 1 };
/** Records become about a ninth; room for an eighth takes most of them in one piece. */
const PACKED_SHARE = 8;
const CHUNK_BYTES_MIN = 16 * 1024;
const CHUNK_BYTES_MAX = 1024 * 1024;

/** Compresses, or keeps the bytes as they are if that would not make them smaller. */
export function compress(bytes: Uint8Array): Coded {
  const expected = Math.ceil(bytes.byteLength / PACKED_SHARE);
  const chunkSize = Math.min(Math.max(expected, CHUNK_BYTES_MIN), CHUNK_BYTES_MAX);
  const packed = zstdCompressSync(bytes, { params: LEVEL_1, chunkSize });
  return packed.byteLength < bytes.byteLength
    ? { codec: 'zstd', bytes: packed }
    : { codec: 'none', bytes };
}

/** Undoes `compress`; never gives more than `bytesMax`. */
export function decompress(coded: Coded, bytesMax: number): Buffer {
  if (coded.codec === 'none') return Buffer.from(coded.bytes);
  const maxOutputLength = Math.max(bytesMax, 1);
  const chunkSize = Math.max(maxOutputLength, CHUNK_BYTES_MIN);
  return zstdDecompressSync(coded.bytes, { maxOutputLength, chunkSize });
}
