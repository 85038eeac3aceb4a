import { CLOSE_OBJECT, COLON, NEWLINE, RETURN } from './json-bytes.ts';

const NUL = Buffer.from([0]);

/** A line that holds one of these may hold two records, or none. Short texts are found fastest. */
const SEPARATORS = ['}{', '} '];
/** How events begin. A second one in a line may be the next record, whatever stands in front. */
const EVENT_STARTS = ['{"host', '{"outp', '{"uuid'];
const NEEDLES = [
  NUL,
  ...[...SEPARATORS, ...EVENT_STARTS].map((text) => Buffer.from(text, 'latin1')),
  // `{"process_exec"` and the like, `{"priority"`.
  Buffer.from('{"pr'),
  Buffer.from('{'),
  // `"events":` and every other name of a list of events.
  Buffer.from('s":'),
];
const PROCESS_INDEX = NEEDLES.length - 3;
const OBJECT_INDEX = NEEDLES.length - 2;
const LIST_INDEX = NEEDLES.length - 1;
/** An event of Tetragon has the same text inside: `{"process_tracepoint":{"process":`. */
const INNER_PROCESS_BYTES = '{"process_tracepoint":{"'.length;
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

  /** End of the line; `far` if a record of that length would be cut anyway. */
  lineEnd(from: number, cutBytes: number, atEnd: boolean): number | 'far' | 'unknown' {
    const found = this.nextNewline(from);
    if (found !== -1) return found - from > cutBytes ? 'far' : found;
    if (this.bytes.length - from > cutBytes) return 'far';
    return atEnd ? this.bytes.length : 'unknown';
  }

  /** Index of the next NUL; infinite if there is none. */
  nextNul(from: number): number {
    return this.next(NUL_INDEX, from);
  }

  /** Index of the next `{`; infinite if there is none. */
  nextObject(from: number): number {
    return this.next(OBJECT_INDEX, from);
  }

  /** May there be a member that holds a list of events? */
  mayNameList(from: number, end: number): boolean {
    return this.next(LIST_INDEX, from) < end;
  }

  /** Is the line, which begins with `{`, surely one object as a whole? */
  isOneObject(from: number, lineEnd: number): boolean {
    const end = this.bytes[lineEnd - 1] === RETURN ? lineEnd - 1 : lineEnd;
    if (this.bytes[end - 1] !== CLOSE_OBJECT) return false;
    for (let index = 0; index < PROCESS_INDEX; index += 1) {
      if (this.next(index, from + 1) < end - 1) return false;
    }
    return !this.hasProcessEvent(from + INNER_PROCESS_BYTES, end);
  }

  /** Behind a colon it is the process within an event. */
  private hasProcessEvent(from: number, end: number): boolean {
    let at = this.next(PROCESS_INDEX, from);
    while (at < end && this.bytes[at - 1] === COLON) at = this.next(PROCESS_INDEX, at + 1);
    return at < end;
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
