import { Buffer } from 'node:buffer';

const TAB = 0x09;
const SPACE = 0x20;
const DASH = 0x2d;
const ZERO = 0x30;
const NINE = 0x39;
const COLON = 0x3a;
const LETTER_F = 0x46;
const LETTER_P = 0x50;
const LETTER_T = 0x54;

const isDigit = (byte: number | undefined): boolean =>
  byte !== undefined && byte >= ZERO && byte <= NINE;

/** `2025-02-03T04:05:06Z`, and at most nine digits of a fraction and an offset more. */
const TIME_CHARS_MIN = 20;
const TIME_CHARS_MAX = 36;
const STREAMS = [
  { name: 'stdout', bytes: Buffer.from('stdout ') },
  { name: 'stderr', bytes: Buffer.from('stderr ') },
] as const;
/** Tags may follow the first one, which alone has a meaning so far. */
const TAG_CHARS_MAX = 64;

/** A line of a container's log as container runtimes write it. */
export interface CriLine {
  readonly stream: 'stdout' | 'stderr';
  /** The program's line goes on in the next line of the same stream. */
  readonly partial: boolean;
  /** Length of the time, with which the line begins. */
  readonly timeEnd: number;
  /** Index of the tag `P` or `F`. */
  readonly tagAt: number;
  /** Where what the program wrote begins. */
  readonly contentAt: number;
}

/** Reads `<time> <stdout|stderr> <P|F> <content>`; null if the bytes begin in another way. */
export function readCriLine(bytes: Uint8Array): CriLine | null {
  if (!isDigit(bytes[0])) return null;
  const timeEnd = timeEndOf(bytes);
  if (timeEnd === -1) return null;
  const stream = STREAMS.find((candidate) => standsAt(candidate.bytes, bytes, timeEnd + 1));
  if (stream === undefined) return null;
  const tagAt = timeEnd + 1 + stream.bytes.length;
  const tag = bytes[tagAt];
  if (tag !== LETTER_F && tag !== LETTER_P) return null;
  const tagsEnd = tagsEndOf(bytes, tagAt);
  if (tagsEnd === -1) return null;
  const contentAt = Math.min(tagsEnd + 1, bytes.length);
  return { stream: stream.name, partial: tag === LETTER_P, timeEnd, tagAt, contentAt };
}

function timeEndOf(bytes: Uint8Array): number {
  if (bytes[4] !== DASH || bytes[7] !== DASH || bytes[10] !== LETTER_T) return -1;
  if (bytes[13] !== COLON || bytes[16] !== COLON) return -1;
  for (let at = TIME_CHARS_MIN; at <= TIME_CHARS_MAX; at += 1) {
    if (bytes[at] === SPACE) return at;
  }
  return -1;
}

/** An empty line ends with its tag. */
function tagsEndOf(bytes: Uint8Array, tagAt: number): number {
  let at = tagAt + 1;
  if (at < bytes.length && bytes[at] !== SPACE && bytes[at] !== COLON) return -1;
  const searchTo = Math.min(bytes.length, tagAt + TAG_CHARS_MAX);
  while (at < searchTo && bytes[at] !== SPACE && bytes[at] !== TAB) at += 1;
  return at === bytes.length || bytes[at] === SPACE ? at : -1;
}

/** Do the expected bytes stand there? */
function standsAt(expected: Uint8Array, bytes: Uint8Array, start: number): boolean {
  for (let at = 0; at < expected.length; at += 1) {
    if (bytes[start + at] !== expected[at]) return false;
  }
  return true;
}
