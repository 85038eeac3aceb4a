const NEWLINE = 0x0a;
const RETURN = 0x0d;
const CLOSE_OBJECT = 0x7d;
const NUL = Buffer.from([0]);

/** A line that holds one of these may hold two records, or none. */
const SEPARATORS = ['}{', '} ', '}\t', '}\r'].map((text) => Buffer.from(text, 'latin1'));
const NEEDLES = [NUL, ...SEPARATORS];
const NUL_INDEX = 0;

/**
 * Looks ahead for line ends and the few bytes that matter to whole lines. It remembers what it
 * found and how far it looked, so that a stream is searched once however often it is asked.
 */
export class LineSearch {
  private bytes: Buffer = Buffer.alloc(0);
  private newlineAt = -1;
  private newlineSearchedTo = 0;
  private readonly foundAt: number[] = NEEDLES.map(() => -1);

  /** Sets the bytes to search: those of before with more behind them. */
  view(bytes: Buffer): void {
    this.bytes = bytes;
    this.foundAt.fill(-1);
  }

  /** The next view begins `count` bytes later. */
  shift(count: number): void {
    this.newlineAt = -1;
    this.newlineSearchedTo = Math.max(0, this.newlineSearchedTo - count);
  }

  /** Index of the next line end; -1 if there is none. */
  nextNewline(from: number): number {
    if (this.newlineAt >= from) return this.newlineAt;
    const searchFrom = Math.max(from, this.newlineSearchedTo);
    this.newlineAt = this.bytes.indexOf(NEWLINE, searchFrom);
    this.newlineSearchedTo = this.newlineAt === -1 ? this.bytes.length : this.newlineAt;
    return this.newlineAt;
  }

  /** Index of the next NUL; infinite if there is none. */
  nextNul(from: number): number {
    return this.next(NUL_INDEX, from);
  }

  /** Is the line, which begins with `{`, surely one object as a whole? */
  isOneObject(from: number, lineEnd: number): boolean {
    const end = this.bytes[lineEnd - 1] === RETURN ? lineEnd - 1 : lineEnd;
    if (this.bytes[end - 1] !== CLOSE_OBJECT) return false;
    for (let index = 0; index < NEEDLES.length; index += 1) {
      if (this.next(index, from) < end - 1) return false;
    }
    return true;
  }

  private next(index: number, from: number): number {
    const known = this.foundAt[index] ?? -1;
    if (known >= from) return known;
    const found = this.bytes.indexOf(NEEDLES[index] ?? NUL, from);
    const next = found === -1 ? Number.POSITIVE_INFINITY : found;
    this.foundAt[index] = next;
    return next;
  }
}
