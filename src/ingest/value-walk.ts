import {
  BACKSLASH,
  CLOSE_LIST,
  CLOSE_OBJECT,
  NEWLINE,
  NUL,
  OPEN_LIST,
  OPEN_OBJECT,
  QUOTE,
  SPACE,
} from './json-bytes.ts';

/** Why a walk stopped, and with which byte under it. */
export type WalkStop =
  | 'more' // The bytes ended first.
  | 'object' // Behind the bracket that closes an object.
  | 'value' // Behind the end of a list or a string.
  | 'cut' // At a line break in a string, or at an object that stands where a new record would.
  | 'hole'; // At a NUL.

/**
 * Walks through an object, list or string to its end, which its brackets tell. It stops where the
 * value is damaged, so that the damage costs no neighbor.
 */
export class ValueWalk {
  /** Index of the next byte. */
  at = 0;
  /** Blanks so far on the current line of the value; -1 behind its first other byte. */
  lineIndent = -1;
  private depth = 0;
  private inString = false;
  private escaped = false;
  /** Blanks in front of the value on its first line. */
  private indent = 0;
  private bytes: Buffer = Buffer.alloc(0);

  /** @param depth brackets that are open already. */
  begin(indent: number, depth = 0): void {
    this.indent = indent;
    this.depth = depth;
    this.inString = false;
    this.escaped = false;
    this.lineIndent = -1;
  }

  /** Goes on from `at` until there is a reason to stop. */
  run(bytes: Buffer, at: number): WalkStop {
    this.bytes = bytes;
    this.at = at;
    while (this.at < bytes.length) {
      const stop = this.inString ? this.throughString() : this.throughValue();
      if (stop !== null) return stop;
    }
    return 'more';
  }

  private throughString(): WalkStop | null {
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
    return at < bytes.length ? this.endString(bytes[at] ?? 0) : null;
  }

  /** No string of JSON holds a raw line break, so one that meets it was cut there. */
  private endString(byte: number): WalkStop | null {
    if (byte === NEWLINE) return 'cut';
    if (byte === NUL) return 'hole';
    this.inString = false;
    this.at += 1;
    return this.depth === 0 ? 'value' : null;
  }

  private throughValue(): WalkStop | null {
    const { bytes } = this;
    for (; this.at < bytes.length; this.at += 1) {
      const byte = bytes[this.at] ?? 0;
      if (byte === QUOTE) {
        this.inString = true;
        this.lineIndent = -1;
        this.at += 1;
        return null;
      }
      if (byte === NUL) return 'hole';
      if (byte >= OPEN_LIST) {
        const stop = this.bracket(byte);
        if (stop !== null) return stop;
      } else this.blank(byte);
    }
    return null;
  }

  private blank(byte: number): void {
    if (byte === NEWLINE) this.lineIndent = 0;
    else if (byte > SPACE) this.lineIndent = -1;
    else if (this.lineIndent >= 0) this.lineIndent += 1;
  }

  /** Brackets end the value; an object that begins a line where a new record would ends it too. */
  private bracket(byte: number): WalkStop | null {
    const { lineIndent } = this;
    if (byte === OPEN_OBJECT || byte === OPEN_LIST) {
      const isAligned = lineIndent === 0 || (lineIndent > 0 && lineIndent === this.indent);
      if (byte === OPEN_OBJECT && isAligned) return 'cut';
      this.depth += 1;
    } else if (byte === CLOSE_OBJECT || byte === CLOSE_LIST) {
      this.depth -= 1;
      if (this.depth <= 0) {
        this.at += 1;
        return byte === CLOSE_OBJECT ? 'object' : 'value';
      }
    }
    this.lineIndent = -1;
    return null;
  }
}
