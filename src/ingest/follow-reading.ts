import { createReadStream, type ReadStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { readBytes } from './follow-content.ts';
import { HEAD_BYTES, type KnownFile, printOf, samePrint, TAIL_BYTES } from './follow-position.ts';
import { idOf } from './follow-siblings.ts';
import { inflateStream } from './inflate-stream.ts';
import { LineDecoder } from './line-decoder.ts';

/** What a look at a file gave. */
export type Gain =
  | { readonly kind: 'records'; readonly records: readonly Uint8Array[] }
  /** There is no more at the moment. */
  | { readonly kind: 'end' }
  /** What was read before is not there any more: the file was cut off, and perhaps begun anew. */
  | { readonly kind: 'replaced' };

/** One file while it is open. What it gives is noted in `file` at once. */
export interface Reading {
  readonly file: KnownFile;
  /** Bytes of the file; of a packed one as far as it was unpacked. */
  readonly size: number;
  /** Bytes looked at. */
  readonly end: number;
  next(): Promise<Gain>;
  /** The file will not grow any more: a last line without its end is a record as well. */
  finish(): readonly Uint8Array[];
  close(): Promise<void>;
}

const CHUNK_BYTES = 256 * 1024;

/** What was seen of a file in front of the place where reading begins. */
interface Seen {
  readonly head: Buffer;
  readonly tail: Buffer;
}

/** Cuts what a file gains into records and notes how far it got; for plain and packed files. */
class Progress {
  readonly file: KnownFile;
  end: number;
  tail: Buffer;
  private head: Buffer;
  /** Null while there is nothing half read: an idle file then needs no memory. */
  private decoder: LineDecoder | null = null;

  constructor(file: KnownFile, { head, tail }: Seen) {
    this.file = file;
    this.end = file.offset;
    this.head = head;
    this.tail = tail;
  }

  take(bytes: Buffer): readonly Uint8Array[] {
    if (this.head.length < HEAD_BYTES && this.head.length === this.end) {
      this.head = Buffer.concat([this.head, bytes.subarray(0, HEAD_BYTES - this.head.length)]);
    }
    this.decoder ??= new LineDecoder({ offset: this.end });
    this.tail = lastOf(this.tail, bytes);
    this.end += bytes.length;
    const { records } = this.decoder.pushPlaced(bytes);
    this.note(this.decoder.pendingBytes === 0 ? this.end : this.decoder.position);
    return records;
  }

  /** Nothing more is there at the moment. */
  rest(): void {
    if (this.decoder?.pendingBytes === 0) this.decoder = null;
  }

  finish(): readonly Uint8Array[] {
    const records = this.decoder?.endPlaced().records ?? [];
    this.decoder = null;
    this.note(this.end);
    return records;
  }

  private note(offset: number): void {
    const { file } = this;
    file.offset = offset;
    // What an earlier process looked at tells more of the file than what lies in front of it, and
    // a piece of a line tells nothing.
    if (this.end < file.tail.end || offset === 0) return;
    if (this.head.length !== file.head.bytes) file.head = printOf(this.head);
    file.tail = { ...printOf(this.tail), end: this.end };
  }
}

/** A copy, so that the chunk it was part of can go. */
const lastOf = (before: Buffer, bytes: Buffer): Buffer =>
  bytes.length >= TAIL_BYTES
    ? Buffer.from(bytes.subarray(-TAIL_BYTES))
    : Buffer.concat([before.subarray(-(TAIL_BYTES - bytes.length)), bytes]);

/** Opens a file where it was left. Null if it is another one by now, or has begun anew. */
export async function openReading(path: string, file: KnownFile): Promise<Reading | null> {
  const handle = await open(path);
  try {
    if (idOf(await handle.stat({ bigint: true })) === file.id) {
      const reading = file.packed
        ? new PackedReading(handle, path, file)
        : await PlainReading.begin(handle, file);
      if (reading !== null) return reading;
    }
  } catch (error) {
    await handle.close();
    throw error;
  }
  await handle.close();
  return null;
}

class PlainReading implements Reading {
  readonly file: KnownFile;
  size = 0;
  private readonly handle: FileHandle;
  private readonly progress: Progress;
  private changedNs = 0n;

  private constructor(handle: FileHandle, progress: Progress) {
    this.handle = handle;
    this.file = progress.file;
    this.progress = progress;
  }

  static async begin(handle: FileHandle, file: KnownFile): Promise<PlainReading | null> {
    const { tail: known } = file;
    const seen = await readBytes(handle, known.end - known.bytes, known.bytes);
    if (!samePrint(printOf(seen), known)) return null;
    const head = await readBytes(handle, 0, Math.min(HEAD_BYTES, file.offset));
    const tailBytes = Math.min(TAIL_BYTES, file.offset);
    const tail = await readBytes(handle, file.offset - tailBytes, tailBytes);
    return new PlainReading(handle, new Progress(file, { head, tail }));
  }

  get end(): number {
    return this.progress.end;
  }

  /** The bytes before are read again with those behind: they tell whether it is still that file. */
  async next(): Promise<Gain> {
    const { end, tail } = this.progress;
    const stats = await this.handle.stat({ bigint: true });
    this.size = Number(stats.size);
    if (this.size < Math.max(end, this.file.tail.end)) return { kind: 'replaced' };
    if (this.size === end && stats.mtimeNs === this.changedNs) {
      this.progress.rest();
      return { kind: 'end' };
    }
    const length = tail.length + Math.min(CHUNK_BYTES, this.size - end);
    const bytes = await readBytes(this.handle, end - tail.length, length);
    const isSame = bytes.length === length && tail.equals(bytes.subarray(0, tail.length));
    if (!isSame || !holdsWhatWasSeen(this.file, bytes, end - tail.length)) {
      return { kind: 'replaced' };
    }
    this.changedNs = stats.mtimeNs;
    const gained = bytes.subarray(tail.length);
    if (gained.length === 0) return { kind: 'end' };
    return { kind: 'records', records: this.progress.take(gained) };
  }

  finish(): readonly Uint8Array[] {
    return this.progress.finish();
  }

  close(): Promise<void> {
    return this.handle.close();
  }
}

/** Is what was looked at before, and not read yet, among these bytes and as it was? */
function holdsWhatWasSeen({ tail }: KnownFile, bytes: Buffer, from: number): boolean {
  const start = tail.end - tail.bytes - from;
  if (start < 0 || start + tail.bytes > bytes.length) return true;
  return samePrint(printOf(bytes.subarray(start, start + tail.bytes)), tail);
}

/** A packed file never grows; it is unpacked from its beginning up to where reading goes on. */
class PackedReading implements Reading {
  readonly file: KnownFile;
  private readonly source: ReadStream;
  private readonly chunks: AsyncGenerator<Uint8Array>;
  private progress: Progress | null = null;
  private unpacked = 0;
  private head = Buffer.alloc(0);
  private tail = Buffer.alloc(0);

  constructor(handle: FileHandle, path: string, file: KnownFile) {
    this.file = file;
    this.source = createReadStream('', { fd: handle, start: 0, autoClose: true });
    this.chunks = inflateStream(this.source, path);
  }

  get size(): number {
    return Math.max(this.unpacked, this.file.tail.end);
  }

  get end(): number {
    return this.unpacked;
  }

  async next(): Promise<Gain> {
    const { value, done } = await this.chunks.next();
    if (done === true) return { kind: 'end' };
    const rest = this.skip(Buffer.from(value));
    return { kind: 'records', records: rest.length === 0 ? [] : this.begun().take(rest) };
  }

  finish(): readonly Uint8Array[] {
    return this.begun().finish();
  }

  async close(): Promise<void> {
    await this.chunks.return(undefined);
    this.source.destroy();
  }

  /** Passes over what was read before; returns the rest. */
  private skip(chunk: Buffer): Buffer {
    const { offset } = this.file;
    const before = this.unpacked;
    this.unpacked += chunk.length;
    if (this.progress !== null || before >= offset) return chunk;
    const skipped = chunk.subarray(0, offset - before);
    this.head = Buffer.concat([this.head, skipped.subarray(0, HEAD_BYTES - this.head.length)]);
    this.tail = Buffer.from(lastOf(this.tail, skipped));
    return chunk.subarray(skipped.length);
  }

  private begun(): Progress {
    const { head, tail } = this;
    this.progress ??= new Progress(this.file, { head, tail });
    return this.progress;
  }
}
