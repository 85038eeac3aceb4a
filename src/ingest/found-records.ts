import { isBlank, RETURN } from './json-bytes.ts';
import { nothingPlaced, type Placed } from './partial-lines.ts';

/** Where a record lies in the bytes that are looked at. */
export interface Span {
  readonly bytes: Buffer;
  /** Below 0 if the record began in bytes that are gone; then it was cut. */
  readonly start: number;
  readonly end: number;
}

/** Collects records as they are found, each at most as long as one may be, and a byte. */
export class FoundRecords {
  readonly cutBytes: number;
  /** First bytes of a record that grew too long; the rest of it is passed over. */
  cut: Buffer | null = null;
  private placed = nothingPlaced();

  constructor(cutBytes: number) {
    this.cutBytes = cutBytes;
  }

  /** Is a record of this span shorter than what is cut? */
  isWhole({ start, end }: Span): boolean {
    return this.cut === null && end - start <= this.cutBytes;
  }

  /** Lets go of what a record without an end is too long for. */
  cutIfTooLong({ bytes, start, end }: Span): void {
    if (this.cut !== null || end - start <= this.cutBytes) return;
    this.cut = Buffer.from(bytes.subarray(start, start + this.cutBytes));
  }

  /** @param offset of its first byte in the stream; `end` likewise. */
  add(record: Buffer, offset: number, end: number): void {
    this.placed.records.push(this.cut ?? record);
    this.placed.offsets.push(offset);
    this.placed.ends.push(end);
    this.cut = null;
  }

  /** The bytes of a record without the blanks behind it. */
  record({ bytes, start, end }: Span, isText: boolean): Buffer {
    if (end - start > this.cutBytes) return bytes.subarray(start, start + this.cutBytes);
    let last = end;
    // A line of text may be a piece of an event, whose blanks count.
    if (isText) last -= bytes[end - 1] === RETURN ? 1 : 0;
    else while (isBlank(bytes[last - 1])) last -= 1;
    return bytes.subarray(start, last);
  }

  take(): Placed {
    const { placed } = this;
    this.placed = nothingPlaced();
    return placed;
  }
}
