import { flatText } from '../lib/flat-text.ts';
import type { Micros } from '../model/micros.ts';
import { MICROS_PER_MS, MICROS_PER_SECOND } from '../model/micros.ts';

const ZERO = 0x30;
const DOT = 0x2e;
const UPPER_Z = 0x5a;
const LOWER_Z = 0x7a;
/** `2026-05-28T20:26:` */
const MINUTE_CHARS = 17;
const SECOND_CHARS = 19;
/** `2026-05-28T20:26:01.123456789+00:00` */
const USUAL_CHARS_MAX = 35;
const FRACTION_DIGITS = 9;
const MS_PER_MINUTE = 60_000;

const MINUTE = /^(\d{4})-(\d{2})-(\d{2})[Tt ](\d{2}):(\d{2}):$/;
const OFFSET = /^([+-])(\d{2}):?(\d{2})$/;

/** Minutes remembered: those of the events and those in which long-running processes started. */
const MINUTES_MAX = 2048;

/**
 * Reads ISO 8601 times to the nanosecond without `Date.parse`, which keeps only milliseconds. It
 * remembers the minutes it read, because most times share few of them; that memory can change no
 * answer.
 */
export class TimeReader {
  micros: Micros = 0;
  /** Nanoseconds below the microsecond, 0 to 999. */
  nanos = 0;
  private lastMinuteText = '';
  private lastMinute: Micros = 0;
  private readonly minutes = new Map<string, Micros>();

  /**
   * Reads `text` into `micros` and `nanos`.
   *
   * @returns false if it is no time: no text, another form, before 1970 (Go's zero time is
   *   `0001-01-01T00:00:00Z`), or so late that microseconds exceed a safe number.
   */
  read(text: unknown): boolean {
    if (typeof text !== 'string') return false;
    const minute = this.readMinute(text);
    if (minute === null) return false;
    const seconds = twoDigits(text, MINUTE_CHARS);
    if (seconds < 0 || seconds > 60) return false;
    const zoneAt = this.readFraction(text);
    const offset = readOffset(text, zoneAt);
    if (offset === null) return false;
    this.micros += minute + seconds * MICROS_PER_SECOND - offset;
    return this.micros >= 0 && Number.isSafeInteger(this.micros);
  }

  private readMinute(text: string): Micros | null {
    if (this.lastMinuteText !== '' && text.startsWith(this.lastMinuteText)) return this.lastMinute;
    const start = text.slice(0, MINUTE_CHARS);
    // What is remembered must not keep a time of a million digits in memory.
    const prefix = text.length > USUAL_CHARS_MAX ? flatText(start) : start;
    const minute = this.minutes.get(prefix) ?? this.learnMinute(prefix);
    if (minute === null) return null;
    this.lastMinuteText = prefix;
    this.lastMinute = minute;
    return minute;
  }

  private learnMinute(prefix: string): Micros | null {
    const minute = parseMinute(prefix);
    if (minute === null) return null;
    if (this.minutes.size >= MINUTES_MAX) this.minutes.clear();
    this.minutes.set(prefix, minute);
    return minute;
  }

  /** Sets `micros` and `nanos` to the fraction of the second; returns where the zone begins. */
  private readFraction(text: string): number {
    this.micros = 0;
    this.nanos = 0;
    if (text.charCodeAt(SECOND_CHARS) !== DOT) return SECOND_CHARS;
    let at = SECOND_CHARS + 1;
    let nanos = 0;
    let digits = 0;
    for (; at < text.length; at += 1) {
      const digit = text.charCodeAt(at) - ZERO;
      if (digit < 0 || digit > 9) break;
      if (digits < FRACTION_DIGITS) nanos = nanos * 10 + digit;
      digits += 1;
    }
    for (; digits < FRACTION_DIGITS; digits += 1) nanos *= 10;
    this.nanos = nanos % 1000;
    this.micros = (nanos - this.nanos) / 1000;
    return at;
  }
}

function twoDigits(text: string, at: number): number {
  const tens = text.charCodeAt(at) - ZERO;
  const ones = text.charCodeAt(at + 1) - ZERO;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : -1;
}

function readOffset(text: string, at: number): Micros | null {
  const code = text.charCodeAt(at);
  if ((code === UPPER_Z || code === LOWER_Z) && at + 1 === text.length) return 0;
  const match = OFFSET.exec(text.slice(at));
  if (match === null) return null;
  const minutes = Number(match[2]) * 60 + Number(match[3]);
  return (match[1] === '-' ? -1 : 1) * minutes * MS_PER_MINUTE * MICROS_PER_MS;
}

function parseMinute(text: string): Micros | null {
  const match = MINUTE.exec(text);
  if (match === null) return null;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0] = match.slice(1).map(Number);
  if (year < 1970 || hour > 23 || minute > 59) return null;
  const ms = Date.UTC(year, month - 1, day, hour, minute);
  const date = new Date(ms);
  const exists = date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  return exists ? ms * MICROS_PER_MS : null;
}
