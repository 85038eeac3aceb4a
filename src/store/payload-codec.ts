import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';

/** How a column of bytes is stored. The names are stored with it. */
export type Codec = 'none' | 'zstd';

export interface Coded {
  readonly codec: Codec;
  readonly bytes: Uint8Array;
}

const LEVEL_1 = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };

/** Compresses, or keeps the bytes as they are if that would not make them smaller. */
export function compress(bytes: Uint8Array): Coded {
  const packed = zstdCompressSync(bytes, LEVEL_1);
  return packed.byteLength < bytes.byteLength
    ? { codec: 'zstd', bytes: packed }
    : { codec: 'none', bytes };
}

/** Undoes `compress`; never gives more than `bytesMax`. */
export function decompress(coded: Coded, bytesMax: number): Buffer {
  if (coded.codec === 'none') return Buffer.from(coded.bytes);
  return zstdDecompressSync(coded.bytes, { maxOutputLength: Math.max(bytesMax, 1) });
}
