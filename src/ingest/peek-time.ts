import { MICROS_PER_MS, type Micros } from '../model/micros.ts';

/** The last ones are for carriers that name their own time in another way, or not at all. */
const NEEDLES = [
  '"time":"',
  '"time": "',
  String.raw`\"time\":\"`,
  String.raw`\"time\": \"`,
  '"timestamp":"',
].map((text) => Buffer.from(text));
const SECONDS_CHARS = '2026-05-28T20:26:01'.length;
const FRACTION_DIGITS = 6;

let lastSecondText = '';
let lastSecondMicros = 0;

/**
 * Event time of a raw record without parsing it: the last key `time`, which in valid JSON can not
 * stand inside a string, else that of an event which is carried as text. Only a replay's clock is
 * read from it; the event itself is parsed later.
 *
 * @returns null if there is none or it is no ISO time in UTC.
 */
export function peekTime(bytes: Uint8Array): Micros | null {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (const needle of NEEDLES) {
    const at = buffer.lastIndexOf(needle);
    if (at !== -1) return parseAt(buffer, at + needle.length);
  }
  return null;
}

function parseAt(buffer: Buffer, start: number): Micros | null {
  const seconds = secondMicros(buffer.toString('latin1', start, start + SECONDS_CHARS));
  if (seconds === null) return null;
  let at = start + SECONDS_CHARS;
  if (buffer[at] !== 0x2e) return seconds;
  let fraction = 0;
  for (let digit = 0; digit < FRACTION_DIGITS; digit += 1) {
    at += 1;
    const value = (buffer[at] ?? 0) - 0x30;
    if (value < 0 || value > 9) return seconds + fraction * 10 ** (FRACTION_DIGITS - digit);
    fraction = fraction * 10 + value;
  }
  return seconds + fraction;
}

function secondMicros(text: string): Micros | null {
  if (text === lastSecondText) return lastSecondMicros;
  const parsed = Date.parse(`${text}Z`);
  if (Number.isNaN(parsed) || parsed <= 0) return null;
  lastSecondText = text;
  lastSecondMicros = parsed * MICROS_PER_MS;
  return lastSecondMicros;
}
