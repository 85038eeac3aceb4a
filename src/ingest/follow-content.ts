// Is this file the one that was read before? Names and inodes change, what was written does not.
import { createReadStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { HEAD_BYTES, type KnownFile, printOf, samePrint, TAIL_BYTES } from './follow-position.ts';
import type { Sibling } from './follow-siblings.ts';
import { inflateStream } from './inflate-stream.ts';

/**
 * `same`: it holds what was read of the known file, at the same place. `shorter`: it begins like it
 * and ends before that place, as a copy does that was cut off or is still being written.
 */
export type Likeness = 'same' | 'shorter' | 'other';

/** Bytes of a file from a place on; fewer if it ends before. */
export async function readBytes(
  handle: FileHandle,
  from: number,
  length: number,
): Promise<Buffer<ArrayBuffer>> {
  const bytes = Buffer.allocUnsafeSlow(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await handle.read(bytes, filled, length - filled, from + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return bytes.subarray(0, filled);
}

/** Reads of one sibling only what is needed to compare it, and its beginning only once. */
export class Content {
  readonly file: Sibling;
  private head: Buffer | null = null;

  constructor(file: Sibling) {
    this.file = file;
  }

  /** Rejects if the file can not be read. */
  async likeness(known: KnownFile): Promise<Likeness> {
    const { file } = this;
    const sameId = file.id === known.id && file.packed === known.packed;
    // Of a file without a whole line nothing else is known. One that was done with has not grown since.
    if (known.head.bytes === 0) {
      return sameId && (!known.done || file.size === 0) ? 'same' : 'other';
    }
    const head = await this.readHead();
    const begin = printOf(head.subarray(0, known.head.bytes));
    if (!samePrint(begin, known.head)) return 'other';
    // A packed file never changes, so it need not be unpacked each time.
    if (sameId && file.packed) return 'same';
    if (known.tail.end === 0) return 'other';
    return file.packed ? packedLikeness(file.path, known) : plainLikeness(file, known);
  }

  private async readHead(): Promise<Buffer> {
    this.head ??= this.file.packed
      ? await readPackedHead(this.file.path)
      : await withFile(this.file.path, (handle) => readBytes(handle, 0, HEAD_BYTES));
    return this.head;
  }
}

export async function withFile<Result>(
  path: string,
  work: (handle: FileHandle) => Promise<Result>,
): Promise<Result> {
  const handle = await open(path);
  try {
    return await work(handle);
  } finally {
    await handle.close();
  }
}

async function plainLikeness(file: Sibling, { tail }: KnownFile): Promise<Likeness> {
  if (file.size < tail.end) return 'shorter';
  const bytes = await withFile(file.path, (handle) =>
    readBytes(handle, tail.end - tail.bytes, tail.bytes),
  );
  return samePrint(printOf(bytes), tail) ? 'same' : 'other';
}

/** Does it hold what the other one holds at the same place, so far as it goes? */
export async function isCopyOf(copy: Sibling, original: Sibling): Promise<boolean> {
  if (copy.packed || original.packed) return false;
  const tailBytes = Math.min(TAIL_BYTES, copy.size);
  const look = async (handle: FileHandle): Promise<Buffer> =>
    Buffer.concat([
      await readBytes(handle, 0, Math.min(HEAD_BYTES, copy.size)),
      await readBytes(handle, copy.size - tailBytes, tailBytes),
    ]);
  return (await withFile(copy.path, look)).equals(await withFile(original.path, look));
}

/** The first bytes of the content; what can be read of a damaged file. */
export async function readPackedHead(path: string): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const chunk of inflateStream(createReadStream(path), path)) {
      parts.push(Buffer.from(chunk));
      bytes += chunk.byteLength;
      if (bytes >= HEAD_BYTES) break;
    }
  } catch (error) {
    if (!isDamage(error)) throw error;
  }
  return Buffer.concat(parts).subarray(0, HEAD_BYTES);
}

async function packedLikeness(path: string, { tail }: KnownFile): Promise<Likeness> {
  let window = Buffer.alloc(0);
  let end = 0;
  try {
    for await (const chunk of inflateStream(createReadStream(path), path)) {
      const wanted = chunk.subarray(0, tail.end - end);
      window = Buffer.concat([window, wanted.subarray(-TAIL_BYTES)]).subarray(-TAIL_BYTES);
      end += wanted.byteLength;
      if (end === tail.end) break;
    }
  } catch (error) {
    if (!isDamage(error)) throw error;
  }
  if (end < tail.end) return 'shorter';
  const bytes = window.subarray(window.length - tail.bytes);
  return samePrint(printOf(bytes), tail) ? 'same' : 'other';
}

/** Errors of zlib: the file is there, but what is in it is not whole. */
export const isDamage = (error: unknown): boolean =>
  ((error as NodeJS.ErrnoException).code ?? '').startsWith('Z_');
