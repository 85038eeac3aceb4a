import { LineSearch } from './line-search.ts';
import { nothingPlaced, type Placed } from './partial-lines.ts';

const NUL = 0x00;
const TAB = 0x09;
const NEWLINE = 0x0a;
const RETURN = 0x0d;
const SPACE = 0x20;
const QUOTE = 0x22;
const COMMA = 0x2c;
const OPEN_LIST = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf] as const;

type Mode =
  | 'between' // Between records.
  | 'value' // In an object, list or string: its end is found by its brackets.
  | 'text' // In a line that is no JSON.
  | 'scalar' // In a bare member of a list.
  | 'hole'; // Behind a NUL: the record is spoiled up to the end of its line.

const isBlank = (byte: number | undefined): boolean =>
  byte === SPACE || byte === NEWLINE || byte === RETURN || byte === TAB;

/**
 * Finds where records begin and end. Every decision depends on the bytes alone and never on where a
 * chunk ends: where the bytes behind are needed, it waits for them.
 */
export class RecordScanner {
  private readonly cutBytes: number;
  private bytes: Buffer = Buffer.alloc(0);
  private at = 0;
  private start = 0;
  private atEnd = false;
  private mode: Mode = 'between';
  /** Between the brackets of a list of records. */
  private inList = false;
  private depth = 0;
  private inString = false;
  private escaped = false;
  private afterNul = false;
  /** Blanks in front of the current record on its line; -1 if something else stands there. */
  private indent = 0;
  private recordIndent = 0;
  /** Blanks so far on the current line of the record; -1 behind its first other byte. */
  private lineIndent = -1;
  /** First bytes of a record that grew too long; the rest of it is passed over. */
  private cut: Buffer | null = null;
  private readonly lines = new LineSearch();
  private found = nothingPlaced();
  /** Offset in the stream of the first byte of the view. */
  private base: number;
  /** Offset in the stream of the record being cut, whose first bytes may be gone from the view. */
  private offset = 0;

  constructor(recordBytesMax: number, base = 0) {
    this.cutBytes = recordBytesMax + 1;
    this.base = base;
  }

  /** Sets the bytes to scan: those of before with more behind them. */
  view(bytes: Buffer): void {
    this.bytes = bytes;
    this.lines.view(bytes);
  }

  /** The bytes still needed. The next view must begin with them. */
  release(): Buffer {
    const from = this.neededFrom();
    const pending = this.bytes.subarray(from);
    this.at -= from;
    this.start -= from;
    this.base += from;
    this.lines.shift(from);
    return pending;
  }

  get pendingBytes(): number {
    return this.bytes.length - this.neededFrom() + (this.cut?.length ?? 0);
  }

  /** The records that end in the view; at the end of everything the last one ends too. */
  scan(atEnd: boolean): Placed {
    this.atEnd = atEnd;
    while (this.at < this.bytes.length && this.advance());
    if (this.mode !== 'between') {
      if (atEnd) this.emit(this.bytes.length);
      else this.cutIfTooLong();
    }
    const { found } = this;
    this.found = nothingPlaced();
    return found;
  }

  private neededFrom(): number {
    if (this.mode === 'between') return this.at;
    return this.cut === null ? this.start : this.bytes.length;
  }

  private cutIfTooLong(): void {
    if (this.cut !== null || this.bytes.length - this.start <= this.cutBytes) return;
    this.cut = Buffer.from(this.bytes.subarray(this.start, this.start + this.cutBytes));
  }

  /** One step forward; false if more bytes are needed first. */
  private advance(): boolean {
    if (this.mode === 'between') return this.between();
    if (this.mode === 'text') this.insideText();
    else if (this.mode === 'scalar') this.insideScalar();
    else if (this.mode === 'hole') this.insideHole();
    else if (this.inString) this.insideString();
    else this.insideValue();
    return true;
  }

  private between(): boolean {
    const byte = this.bytes[this.at] ?? 0;
    if (isBlank(byte) || byte === COMMA || (byte === CLOSE_LIST && this.inList)) {
      this.pass(byte);
      return true;
    }
    switch (byte) {
      case OPEN_OBJECT:
        return this.beginObject();
      case OPEN_LIST:
        return this.beginList();
      case BYTE_ORDER_MARK[0]:
        return this.passByteOrderMark();
      case NUL:
        this.begin('hole');
        return true;
      default:
        this.beginOther(byte);
        return true;
    }
  }

  private pass(byte: number): void {
    this.at += 1;
    if (byte === NEWLINE) this.indent = 0;
    else if (byte === COMMA || byte === CLOSE_LIST) this.indent = -1;
    else if (this.indent >= 0) this.indent += 1;
    if (byte === CLOSE_LIST) this.inList = false;
  }

  private begin(mode: Mode): void {
    this.mode = mode;
    this.start = this.at;
    this.offset = this.base + this.at;
    this.recordIndent = Math.max(0, this.indent);
    this.depth = 0;
    this.inString = false;
    this.escaped = false;
    this.afterNul = false;
    this.lineIndent = -1;
  }

  private beginOther(byte: number): void {
    if (!this.inList) this.begin('text');
    else this.begin(byte === QUOTE ? 'value' : 'scalar');
  }

  /** A line that is one object as a whole needs no walk through it. */
  private beginObject(): boolean {
    if (!this.inList) {
      const lineEnd = this.lineEnd();
      if (lineEnd === 'unknown') return false;
      if (lineEnd !== 'far' && this.lines.isOneObject(this.at, lineEnd)) {
        this.begin('value');
        this.emit(lineEnd);
        this.at = lineEnd;
        return true;
      }
    }
    this.begin('value');
    return true;
  }

  /** `[` opens a list of records if an object follows, or nothing at all; else it is text. */
  private beginList(): boolean {
    let next = this.at + 1;
    const searchTo = Math.min(this.bytes.length, this.at + this.cutBytes);
    while (next < searchTo && isBlank(this.bytes[next])) next += 1;
    if (next === this.bytes.length && !this.atEnd && next - this.at < this.cutBytes) return false;
    if (this.bytes[next] === OPEN_OBJECT || this.bytes[next] === CLOSE_LIST) {
      this.inList = true;
      this.indent = -1;
      this.at += 1;
    } else {
      this.begin(this.inList ? 'value' : 'text');
    }
    return true;
  }

  private passByteOrderMark(): boolean {
    if (this.bytes.length - this.at < BYTE_ORDER_MARK.length && !this.atEnd) return false;
    if (BYTE_ORDER_MARK.every((byte, index) => this.bytes[this.at + index] === byte)) {
      this.at += BYTE_ORDER_MARK.length;
    } else {
      this.beginOther(BYTE_ORDER_MARK[0]);
    }
    return true;
  }

  /** End of the current line; `far` if a record of that length would be cut anyway. */
  private lineEnd(): number | 'far' | 'unknown' {
    const found = this.lines.nextNewline(this.at);
    if (found !== -1) return found - this.at > this.cutBytes ? 'far' : found;
    if (this.bytes.length - this.at > this.cutBytes) return 'far';
    return this.atEnd ? this.bytes.length : 'unknown';
  }

  private insideString(): void {
    const { bytes } = this;
    let { at, escaped } = this;
    for (; at < bytes.length; at += 1) {
      const byte = bytes[at];
      if (byte === NEWLINE || byte === NUL) break;
      if (escaped) escaped = false;
      else if (byte === BACKSLASH) escaped = true;
      else if (byte === QUOTE) break;
    }
    this.at = at;
    this.escaped = escaped;
    if (at < bytes.length) this.endString(bytes[at] ?? 0);
  }

  /** No string of JSON holds a raw line break, so one that meets it was cut there. */
  private endString(byte: number): void {
    if (byte === NEWLINE) {
      this.emit(this.at);
    } else if (byte === NUL) {
      this.mode = 'hole';
    } else {
      this.inString = false;
      this.at += 1;
      if (this.depth === 0) this.emit(this.at);
    }
  }

  private insideValue(): void {
    const { bytes } = this;
    for (; this.at < bytes.length; this.at += 1) {
      const byte = bytes[this.at] ?? 0;
      if (byte === QUOTE) {
        this.inString = true;
        this.lineIndent = -1;
        this.at += 1;
        return;
      }
      if (byte <= SPACE) this.blankInside(byte);
      else if (byte >= OPEN_LIST) this.bracketInside(byte);
      else this.lineIndent = -1;
      if (this.mode !== 'value') return;
    }
  }

  private blankInside(byte: number): void {
    if (byte === NEWLINE) this.lineIndent = 0;
    else if (byte === NUL) this.mode = 'hole';
    else if (this.lineIndent >= 0) this.lineIndent += 1;
  }

  /** Brackets end the value; an object that begins a line where a new record would ends it too. */
  private bracketInside(byte: number): void {
    const { lineIndent } = this;
    this.lineIndent = -1;
    if (byte === OPEN_OBJECT || byte === OPEN_LIST) {
      const isAligned = lineIndent === 0 || lineIndent === this.recordIndent;
      if (byte === OPEN_OBJECT && lineIndent >= 0 && isAligned) {
        this.indent = lineIndent;
        this.emit(this.at);
      } else {
        this.depth += 1;
      }
    } else if (byte === CLOSE_OBJECT || byte === CLOSE_LIST) {
      this.depth -= 1;
      if (this.depth > 0) return;
      this.emit(this.at + 1);
      this.at += 1;
      this.indent = -1;
    }
  }

  private insideText(): void {
    const newline = this.lines.nextNewline(this.at);
    const nul = this.lines.nextNul(this.at);
    if (newline !== -1 && newline < nul) {
      this.at = newline;
      this.emit(newline);
    } else if (nul < this.bytes.length) {
      this.at = nul;
      this.mode = 'hole';
    } else {
      this.at = this.bytes.length;
    }
  }

  private insideScalar(): void {
    for (; this.at < this.bytes.length; this.at += 1) {
      const byte = this.bytes[this.at];
      if (byte === NUL) {
        this.mode = 'hole';
        return;
      }
      if (byte === COMMA || byte === CLOSE_LIST || byte === NEWLINE) {
        this.emit(this.at);
        return;
      }
    }
  }

  /** A hole ends with its line, or where an object follows its last NUL. */
  private insideHole(): void {
    for (; this.at < this.bytes.length; this.at += 1) {
      const byte = this.bytes[this.at];
      if (byte === NEWLINE || (byte === OPEN_OBJECT && this.afterNul)) {
        this.indent = -1;
        this.emit(this.at);
        return;
      }
      this.afterNul = byte === NUL;
    }
  }

  private emit(end: number): void {
    this.found.records.push(this.cut ?? this.recordTo(end));
    this.found.offsets.push(this.offset);
    this.found.ends.push(this.base + end);
    this.cut = null;
    this.mode = 'between';
  }

  private recordTo(end: number): Buffer {
    if (end - this.start > this.cutBytes) {
      return this.bytes.subarray(this.start, this.start + this.cutBytes);
    }
    let last = end;
    // A line of text may be a piece of an event, whose blanks count.
    if (this.mode === 'text') last -= this.bytes[end - 1] === RETURN ? 1 : 0;
    else while (isBlank(this.bytes[last - 1])) last -= 1;
    return this.bytes.subarray(this.start, last);
  }
}
