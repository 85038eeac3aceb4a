import { readCriLine } from '../lib/carrier/cri-line.ts';
import { type DockerLine, readDockerLine } from './docker-line.ts';

/** A line of a container's log that may be a piece of a longer one. */
export interface LinePiece {
  /** Pieces of one line share it: the format and the stream. */
  readonly key: string;
  /** With no line open, does one open here that lacks its end? */
  readonly opens: boolean;
  /** With a line open, does it go on behind this piece? */
  readonly continues: boolean;
  /** What stands in front of the program's text in the joined line. */
  readonly head: readonly Buffer[];
  readonly content: Buffer;
  /** What stands behind it. */
  readonly tail: Buffer;
}

const DIGIT_FIRST = 0x30;
const DIGIT_LAST = 0x39;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const LETTER_L = 0x6c;
/** `{"l`: the third byte tells nearly every other object apart. */
const NAME_AT = 2;
const FULL_TAG = Buffer.from('F');
const NOTHING = Buffer.alloc(0);

/** With no line open, does the record open one that lacks its end? Nearly none does. */
export function opensLine(bytes: Buffer): boolean {
  const first = bytes[0] ?? 0;
  if (first === OPEN_OBJECT) {
    const line = bytes[NAME_AT] === LETTER_L ? readDockerLine(bytes) : null;
    return line !== null && isCutEvent(bytes, line);
  }
  return isDigit(first) && readCriLine(bytes)?.partial === true;
}

/** Null if the record is no line of a container's log. */
export function readLinePiece(bytes: Buffer): LinePiece | null {
  const first = bytes[0] ?? 0;
  if (first === OPEN_OBJECT) return bytes[NAME_AT] === LETTER_L ? readDocker(bytes) : null;
  return isDigit(first) ? readCri(bytes) : null;
}

const isDigit = (byte: number): boolean => byte >= DIGIT_FIRST && byte <= DIGIT_LAST;

function readCri(bytes: Buffer): LinePiece | null {
  const line = readCriLine(bytes);
  if (line === null) return null;
  const { tagAt, contentAt, partial, stream } = line;
  return {
    key: `cri ${stream}`,
    opens: partial,
    continues: partial,
    head: [bytes.subarray(0, tagAt), FULL_TAG, bytes.subarray(tagAt + 1, contentAt)],
    content: bytes.subarray(contentAt),
    tail: NOTHING,
  };
}

function readDocker(bytes: Buffer): LinePiece | null {
  const line = readDockerLine(bytes);
  if (line === null) return null;
  const { contentAt, contentEnd, endsLine, stream } = line;
  return {
    key: `docker ${stream}`,
    opens: isCutEvent(bytes, line),
    continues: !endsLine,
    head: [bytes.subarray(0, contentAt)],
    content: bytes.subarray(contentAt, contentEnd),
    tail: bytes.subarray(contentEnd),
  };
}

/**
 * Only what begins like an event is waited for. Other shippers write the same members with the line
 * break taken off: what is one whole object has its end.
 */
function isCutEvent(bytes: Buffer, { contentAt, contentEnd, endsLine }: DockerLine): boolean {
  if (endsLine || bytes[contentAt] !== OPEN_OBJECT) return false;
  if (bytes[contentEnd - 1] !== CLOSE_OBJECT) return true;
  return !isObjectText(bytes.toString('utf8', contentAt - 1, contentEnd + 1));
}

function isObjectText(quoted: string): boolean {
  try {
    const text: unknown = JSON.parse(quoted);
    return typeof text === 'string' && typeof JSON.parse(text) === 'object';
  } catch {
    return false;
  }
}

/** Docker cuts a program's text into pieces of this size; as JSON they only become longer. */
const DOCKER_PIECE_BYTES = 16 * 1024;
/** How an event begins as text within JSON, up to the name that tells it. */
const EVENT_STARTS = ['process_', 'hostname', 'output', 'uuid', 'rule', 'priority', 'time'].map(
  (name) => Buffer.from(`{\\"${name}`),
);

/**
 * Does a new event begin in this piece, although the one before lacks its end? A piece that was cut
 * has its full size; a shorter one was the last that a program wrote before it died.
 */
export function beginsAnew({ content }: LinePiece, bytesBefore: number): boolean {
  if (bytesBefore >= DOCKER_PIECE_BYTES) return false;
  return EVENT_STARTS.some((start) => content.subarray(0, start.length).equals(start));
}
