import { recordBehindCut } from './behind-cut.ts';
import { FoundRecords, type Span } from './found-records.ts';
import {
  BYTE_ORDER_MARK,
  CLOSE_LIST,
  COMMA,
  isBlank,
  NEWLINE,
  NUL,
  OPEN_LIST,
  OPEN_OBJECT,
  QUOTE,
  skipBlanks,
} from './json-bytes.ts';
import { LineSearch } from './line-search.ts';
import { isListOfRecords, isTold, listInObject, openingOfEnvelope } from './list-openings.ts';
import type { Placed } from './partial-lines.ts';
import { ValueWalk } from './value-walk.ts';

type Mode =
  | 'between' // Between records.
  | 'value' // In an object, list or string: its end is found by its brackets.
  | 'text' // In a line that is no JSON.
  | 'scalar' // In a bare member of a list.
  | 'hole'; // Behind a NUL: the record is spoiled up to the end of its line.

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
  /** That list is a member of an object, whose other members are passed over. */
  private inEnvelope = false;
  /** Behind that list, up to the end of its object. */
  private atTail = false;
  /** Text behind a record on its line: a record may follow it there. */
  private isJunk = false;
  private readonly walk = new ValueWalk();
  private afterNul = false;
  /** Blanks in front of the current record on its line; -1 if something else stands there. */
  private indent = 0;
  private readonly lines = new LineSearch();
  private readonly found: FoundRecords;
  /** Offset in the stream of the first byte of the view. */
  private base: number;
  /** Offset in the stream of the record being cut, whose first bytes may be gone from the view. */
  private offset = 0;

  constructor(recordBytesMax: number, base = 0) {
    this.cutBytes = recordBytesMax + 1;
    this.found = new FoundRecords(this.cutBytes);
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
    return this.bytes.length - this.neededFrom() + (this.found.cut?.length ?? 0);
  }

  /** The records that end in the view; at the end of everything the last one ends too. */
  scan(atEnd: boolean): Placed {
    this.atEnd = atEnd;
    do while (this.at < this.bytes.length && this.advance());
    while (this.atEnd && this.mode === 'value' && this.splitCut());
    if (this.mode !== 'between') {
      if (atEnd) this.emit(this.bytes.length);
      else this.found.cutIfTooLong(this.spanTo(this.bytes.length));
    }
    return this.found.take();
  }

  private spanTo(end: number): Span {
    return { bytes: this.bytes, start: this.start, end };
  }

  private neededFrom(): number {
    if (this.mode === 'between') return this.at;
    return this.found.cut === null ? this.start : this.bytes.length;
  }

  /** One step forward; false if more bytes are needed first. */
  private advance(): boolean {
    if (this.mode === 'between') return this.between();
    if (this.mode === 'text') this.insideText();
    else if (this.mode === 'scalar') this.insideScalar();
    else if (this.mode === 'hole') this.insideHole();
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
    if (byte === CLOSE_LIST) this.endList();
  }

  private endList(): void {
    this.inList = false;
    if (!this.inEnvelope) return;
    this.inEnvelope = false;
    this.begin('value');
    this.walk.begin(0, 1);
    this.atTail = true;
  }

  private openList(at: number, inEnvelope: boolean): void {
    this.inList = true;
    this.inEnvelope = inEnvelope;
    this.indent = -1;
    this.at = at;
  }

  private begin(mode: Mode): void {
    this.mode = mode;
    this.start = this.at;
    this.offset = this.base + this.at;
    this.isJunk = mode === 'text' && this.indent === -1;
    this.afterNul = false;
    if (mode === 'value') this.walk.begin(Math.max(0, this.indent));
  }

  private beginOther(byte: number): void {
    if (!this.inList) this.begin('text');
    else this.begin(byte === QUOTE ? 'value' : 'scalar');
  }

  /** A line that is one object as a whole needs no walk through it. */
  private beginObject(): boolean {
    if (this.inList) {
      this.begin('value');
      return true;
    }
    const opening = isTold(this.bytes, this.at)
      ? -1
      : openingOfEnvelope(this.bytes, this.at, this.lookAheadTo());
    if (opening === 'unknown' && this.mayComeMore()) return false;
    if (typeof opening === 'number' && opening !== -1) {
      this.openList(opening, true);
      return true;
    }
    const lineEnd = this.lines.lineEnd(this.at, this.cutBytes, this.atEnd);
    if (lineEnd === 'unknown') return false;
    this.begin('value');
    if (lineEnd !== 'far' && this.lines.isOneObject(this.at, lineEnd)) this.endObject(lineEnd);
    return true;
  }

  /** An object ends: it is a record, or the envelope of a list that is not its first member. */
  private endObject(end: number): void {
    const isOther = !this.inList && !isTold(this.bytes, this.start);
    const isWhole = isOther && this.found.isWhole(this.spanTo(end));
    const mayHoldList = isWhole && this.lines.mayNameList(this.start, end);
    const opening = mayHoldList ? listInObject(this.bytes, this.start, end) : -1;
    if (opening === -1) {
      this.emit(end);
      this.at = end;
    } else {
      this.mode = 'between';
      this.openList(opening, true);
    }
  }

  /** `[` opens a list of records if an object follows, or nothing at all, or by all of its line. */
  private beginList(): boolean {
    const searchTo = this.lookAheadTo();
    const next = skipBlanks(this.bytes, this.at + 1, searchTo);
    if (next === searchTo && this.mayComeMore()) return false;
    if (this.bytes[next] === OPEN_OBJECT || this.bytes[next] === CLOSE_LIST) {
      this.openList(this.at + 1, this.inEnvelope);
      return true;
    }
    if (this.inList || this.indent === -1) {
      this.begin(this.inList ? 'value' : 'text');
      return true;
    }
    const lineEnd = this.lines.lineEnd(this.at, this.cutBytes, this.atEnd);
    if (lineEnd === 'unknown') return false;
    if (lineEnd !== 'far' && isListOfRecords(this.bytes, this.at, lineEnd)) {
      this.openList(this.at + 1, false);
    } else {
      this.begin('text');
    }
    return true;
  }

  private lookAheadTo(): number {
    return Math.min(this.bytes.length, this.at + this.cutBytes);
  }

  /** More bytes may change what a look ahead found. */
  private mayComeMore(): boolean {
    return !this.atEnd && this.bytes.length - this.at < this.cutBytes;
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

  private insideValue(): void {
    const stop = this.walk.run(this.bytes, this.at);
    this.at = this.walk.at;
    if (stop === 'hole') this.mode = 'hole';
    if (stop === 'more' || stop === 'hole') return;
    if (stop === 'cut' && this.splitCut()) return;
    this.indent = stop === 'cut' ? this.walk.lineIndent : -1;
    if (this.atTail && stop !== 'cut') this.dropTail();
    else if (stop === 'object') this.endObject(this.at);
    else this.emit(this.at);
  }

  /** A whole record may stand on the line of a cut one: reading goes on there. */
  private splitCut(): boolean {
    if (this.inList || this.atTail || !this.found.isWhole(this.spanTo(this.at))) return false;
    const next = recordBehindCut(this.bytes, this.start);
    if (next === -1) return false;
    this.indent = -1;
    this.at = next;
    this.emit(next);
    return true;
  }

  private dropTail(): void {
    this.atTail = false;
    this.found.cut = null;
    this.mode = 'between';
  }

  /** Behind a record no text can be trusted to be a line of a log, so the next object counts. */
  private insideJunk(end: number): void {
    const object = this.lines.nextObject(this.at);
    if (object < end) {
      this.at = object;
      this.emit(object);
    } else {
      this.at = end;
      this.isJunk = end === this.bytes.length;
      if (!this.isJunk) this.insideText();
    }
  }

  private insideText(): void {
    const newline = this.lines.nextNewline(this.at);
    const nul = this.lines.nextNul(this.at);
    if (this.isJunk) {
      this.insideJunk(Math.min(newline === -1 ? this.bytes.length : newline, nul));
      return;
    }
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
    const { found } = this;
    const span = this.spanTo(end);
    if (this.atTail && found.isWhole(span) && skipBlanks(this.bytes, this.start, end) === end) {
      this.dropTail();
      return;
    }
    this.atTail = false;
    found.add(found.record(span, this.mode === 'text'), this.offset, this.base + end);
    this.mode = 'between';
  }
}
