import { LIMITS } from '../config/limits.ts';
import { nothingPlaced, PartialLines, type Placed } from './partial-lines.ts';
import { RecordScanner } from './record-scanner.ts';
import { NEW_STORES, type StorePool } from './store-pool.ts';

/** A record and where its bytes lie in the file. */
export interface PlacedRecord {
  /** A view; what it looks into is never written over, unless the stores are used again. */
  readonly bytes: Uint8Array;
  /** Offset of its first byte in the file. */
  readonly offset: number;
  /**
   * Once this record and all in front of it are stored, reading may begin here after a restart, and
   * takes nothing twice. Where lines of both streams of a container lie between each other's pieces
   * there is no such place within them: all but the last of these records then carry an end that
   * is not behind their own offset (it is that of the first), and must be stored together with the
   * last. All records of one `push` may always be stored together.
   */
  readonly end: number;
}

export interface LineDecoderOptions {
  /** Offset in the file of the first byte that will be pushed. */
  readonly offset?: number;
  readonly recordBytesMax?: number;
  readonly stores?: StorePool;
}

const STORE_BYTES_MIN = 64 * 1024;

/**
 * Cuts the bytes of a growing file into records and says where each lies, however the chunks fall:
 * lines, JSON back to back or pretty-printed, lists, and the lines of containers' logs, whose pieces
 * are joined. A line that has no end yet, and the pieces of one, are kept; `position` stays in front
 * of them, so a reader that begins there again loses nothing and takes nothing twice.
 *
 * It knows plain bytes only: who reads a file unpacks it first and leaves UTF-16 alone.
 */
export class LineDecoder {
  private readonly scanner: RecordScanner;
  private readonly lines: PartialLines;
  private readonly stores: StorePool;
  private store = Buffer.alloc(0);
  private filled = 0;
  private handedTo: number;

  constructor(options: LineDecoderOptions = {}) {
    const { offset = 0, recordBytesMax = LIMITS.recordBytesMax, stores = NEW_STORES } = options;
    this.scanner = new RecordScanner(recordBytesMax, offset);
    this.lines = new PartialLines(recordBytesMax);
    this.stores = stores;
    this.handedTo = offset;
  }

  /** Everything in front of this offset has been handed out. */
  get position(): number {
    return this.handedTo;
  }

  /** Bytes kept of what has not been handed out. */
  get pendingBytes(): number {
    return this.scanner.pendingBytes + this.lines.pendingBytes;
  }

  /** The records that end in this chunk. The chunk may be used again afterwards. */
  push(chunk: Uint8Array): readonly PlacedRecord[] {
    return listPlaced(this.pushPlaced(chunk));
  }

  /** What is left at the end of the file, as it is. Nothing may be pushed afterwards. */
  end(): readonly PlacedRecord[] {
    return listPlaced(this.endPlaced());
  }

  /** The same as `push`, as lists. */
  pushPlaced(chunk: Uint8Array): Placed {
    if (chunk.length === 0) return nothingPlaced();
    this.append(chunk);
    return this.handOut(this.lines.join(this.scanner.scan(false)));
  }

  /** The same as `end`, as lists. */
  endPlaced(): Placed {
    const last = this.lines.join(this.scanner.scan(true));
    const rest = this.lines.end();
    return this.handOut({
      records: [...last.records, ...rest.records],
      offsets: [...last.offsets, ...rest.offsets],
      ends: [...last.ends, ...rest.ends],
    });
  }

  private handOut(placed: Placed): Placed {
    this.handedTo = placed.ends.at(-1) ?? this.handedTo;
    return placed;
  }

  /** Records are views into the store, so it is only ever appended to, never written over. */
  private append(chunk: Uint8Array): void {
    if (this.store.length - this.filled < chunk.length) {
      const pending = this.scanner.release();
      const before = this.store;
      this.store = this.stores.take(Math.max(STORE_BYTES_MIN, (pending.length + chunk.length) * 2));
      pending.copy(this.store);
      this.stores.left(before);
      this.filled = pending.length;
    }
    this.store.set(chunk, this.filled);
    this.filled += chunk.length;
    this.scanner.view(this.store.subarray(0, this.filled));
  }
}

const listPlaced = ({ records, offsets, ends }: Placed): PlacedRecord[] =>
  records.map((bytes, index) => ({ bytes, offset: offsets[index] ?? 0, end: ends[index] ?? 0 }));
