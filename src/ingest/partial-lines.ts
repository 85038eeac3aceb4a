import { beginsAnew, type LinePiece, opensLine, readLinePiece } from './line-piece.ts';

/** Records and where each lies in its stream: three lists of the same length. */
export interface Placed {
  readonly records: Uint8Array[];
  /** Offset of the first byte of each. */
  readonly offsets: number[];
  /** Reading may go on here once the record, and all in front of it, are stored. */
  readonly ends: number[];
}

export const nothingPlaced = (): Placed => ({ records: [], offsets: [], ends: [] });

/** A record that waits; null while its line lacks its end. */
interface Waiting {
  readonly offset: number;
  record: Uint8Array | null;
}

/** A line that lacks its end. */
interface OpenLine {
  readonly waiting: Waiting;
  readonly pieces: Buffer[];
  bytes: number;
  lastPieceBytes: number;
  tail: Buffer;
}

/**
 * Joins the pieces into which container runtimes and Docker cut long lines, per stream (stdout,
 * stderr). The joined record reads as the one line that would have been written without a limit on
 * its length: the first piece's prefix with the tag `F`, or Docker's object, and in it all that the
 * program wrote, byte for byte. Records keep the order in which they begin, so what comes between
 * two pieces waits for the last one. A line over the size limit comes cut, one byte longer than
 * allowed; lines that keep more than twice that limit waiting are given up as they are.
 */
export class PartialLines {
  private readonly cutBytes: number;
  private readonly open = new Map<string, OpenLine>();
  private waiting: Waiting[] = [];
  private waitingBytes = 0;
  /** End of the last record taken while something waits. */
  private reached = 0;

  constructor(recordBytesMax: number) {
    this.cutBytes = recordBytesMax + 1;
  }

  /** Bytes kept of lines without an end, and of what waits for them. */
  get pendingBytes(): number {
    return this.waitingBytes;
  }

  /** Where the oldest record that waits begins; null if none does. */
  get waitsSince(): number | null {
    return this.waiting[0]?.offset ?? null;
  }

  /** Passes records on, in order. Pieces, and what waits for one, come with a later call. */
  join(found: Placed): Placed {
    const { records } = found;
    let at = 0;
    while (at < records.length && this.passes(records[at])) at += 1;
    if (at === records.length) return found;
    const joined: Placed = {
      records: records.slice(0, at),
      offsets: found.offsets.slice(0, at),
      ends: found.ends.slice(0, at),
    };
    for (; at < records.length; at += 1) this.take(found, at, joined);
    return joined;
  }

  /** At the end of the stream lines end as they are. */
  end(): Placed {
    const rest = nothingPlaced();
    this.giveUp(rest);
    return rest;
  }

  /** The usual case: nothing waits, and the record is no piece. */
  private passes(record: Uint8Array | undefined): boolean {
    if (this.waiting.length > 0) return false;
    return record === undefined || !opensLine(asBuffer(record));
  }

  private take(found: Placed, index: number, joined: Placed): void {
    const record = found.records[index];
    if (record === undefined) return;
    const offset = found.offsets[index] ?? 0;
    const end = found.ends[index] ?? 0;
    if (this.passes(record)) {
      joined.records.push(record);
      joined.offsets.push(offset);
      joined.ends.push(end);
      return;
    }
    this.reached = end;
    const bytes = asBuffer(record);
    const piece = readLinePiece(bytes);
    if (piece === null || !this.takePiece(piece, offset)) this.wait(offset, Buffer.from(bytes));
    if (this.waitingBytes > 2 * this.cutBytes) this.giveUp(joined);
    else if (this.open.size === 0) this.handOver(joined);
  }

  /** False if the line stands for itself. */
  private takePiece(piece: LinePiece, offset: number): boolean {
    let line = this.open.get(piece.key);
    if (line !== undefined && beginsAnew(piece, line.lastPieceBytes)) {
      this.close(piece.key, line);
      line = undefined;
    }
    if (line === undefined) {
      if (!piece.opens) return false;
      line = this.begin(piece, offset);
    }
    this.keep(line, piece.content);
    line.lastPieceBytes = piece.content.length;
    line.tail = Buffer.from(piece.tail);
    if (!piece.continues) this.close(piece.key, line);
    return true;
  }

  private begin(piece: LinePiece, offset: number): OpenLine {
    const waiting: Waiting = { offset, record: null };
    const line = { waiting, pieces: [], bytes: 0, lastPieceBytes: 0, tail: piece.tail };
    this.waiting.push(waiting);
    this.open.set(piece.key, line);
    for (const head of piece.head) this.keep(line, head);
    return line;
  }

  /** Copied, because the memory the piece lies in is used again before the line ends. */
  private keep(line: OpenLine, piece: Buffer): void {
    const kept = Buffer.from(piece.subarray(0, Math.max(0, this.cutBytes - line.bytes)));
    if (kept.length === 0) return;
    line.pieces.push(kept);
    line.bytes += kept.length;
    this.waitingBytes += kept.length;
  }

  private close(key: string, line: OpenLine): void {
    const whole = Buffer.concat([...line.pieces, line.tail]);
    line.waiting.record = whole.subarray(0, this.cutBytes);
    this.open.delete(key);
  }

  private wait(offset: number, record: Buffer): void {
    this.waiting.push({ offset, record });
    this.waitingBytes += record.length;
  }

  private giveUp(joined: Placed): void {
    for (const [key, line] of this.open) this.close(key, line);
    this.handOver(joined);
  }

  /** Only behind the last of them is there a place where reading can go on. */
  private handOver(joined: Placed): void {
    const { waiting } = this;
    const beginning = waiting[0]?.offset ?? 0;
    for (const [index, { offset, record }] of waiting.entries()) {
      joined.records.push(record ?? Buffer.alloc(0));
      joined.offsets.push(offset);
      joined.ends.push(index === waiting.length - 1 ? this.reached : beginning);
    }
    this.waiting = [];
    this.waitingBytes = 0;
  }
}

const asBuffer = (bytes: Uint8Array): Buffer =>
  bytes instanceof Buffer ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
