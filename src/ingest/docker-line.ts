import { BACKSLASH, COLON, COMMA, isBlank, QUOTE, skipBlanks, textEnd } from './json-bytes.ts';

const START = Buffer.from('{"log":"');
const NAME = Buffer.from('{"log"');
const STREAM_NAME = Buffer.from('"stream"');
const AFTER_LOG = Buffer.from('","stream":"');
const STREAMS = ['stdout', 'stderr'] as const;
const STREAM_CHARS = STREAMS[0].length;
const LETTER_N = 0x6e;

/** One line of Docker's json-file log driver: `{"log":"…\n","stream":"stdout","time":"…"}`. */
export interface DockerLine {
  readonly stream: (typeof STREAMS)[number];
  /** Where the text behind `"log":"` begins, as JSON has it. */
  readonly contentAt: number;
  /** Index of the quote behind the text. */
  readonly contentEnd: number;
  /** The text ends with a line break, so the program's line ends here. */
  readonly endsLine: boolean;
}

/** Reads the line as Docker itself writes it, or with blanks; null for other orders of members. */
export function readDockerLine(bytes: Buffer): DockerLine | null {
  const contentAt = contentStart(bytes);
  if (contentAt === -1) return null;
  // Inside the text each quote has a backslash in front, so this can only stand behind it.
  const compactEnd = bytes.indexOf(AFTER_LOG, contentAt);
  const contentEnd = compactEnd === -1 ? spacedEnd(bytes, contentAt) : compactEnd;
  if (contentEnd === -1) return null;
  const streamAt =
    compactEnd === -1 ? streamValueAt(bytes, contentEnd) : contentEnd + AFTER_LOG.length;
  const named = bytes.toString('latin1', streamAt, streamAt + STREAM_CHARS);
  const stream = STREAMS.find((name) => name === named);
  if (stream === undefined) return null;
  const endsLine = endsWithBreak(bytes, contentAt, contentEnd);
  // Another member may stand between; only lines that could be a piece are worth the look.
  if (!endsLine && textEnd(bytes, contentAt - 1, bytes.length) !== contentEnd) return null;
  return { stream, contentAt, contentEnd, endsLine };
}

/** Behind the quote that opens the text; -1 if the line begins in another way. */
function contentStart(bytes: Buffer): number {
  const compactAt = START.length;
  if (bytes.compare(START, 0, compactAt, 0, Math.min(compactAt, bytes.length)) === 0) {
    return compactAt;
  }
  if (bytes.compare(NAME, 0, NAME.length, 0, Math.min(NAME.length, bytes.length)) !== 0) return -1;
  const colonAt = skipBlanks(bytes, NAME.length, bytes.length);
  if (bytes[colonAt] !== COLON) return -1;
  const quoteAt = skipBlanks(bytes, colonAt + 1, bytes.length);
  return bytes[quoteAt] === QUOTE ? quoteAt + 1 : -1;
}

/** The quote behind the text where blanks stand around the comma or the colon; -1 if none does. */
function spacedEnd(bytes: Buffer, contentAt: number): number {
  let nameAt = bytes.indexOf(STREAM_NAME, contentAt);
  while (nameAt !== -1) {
    const commaAt = lastBehindBlanks(bytes, nameAt - 1);
    const quoteAt = bytes[commaAt] === COMMA ? lastBehindBlanks(bytes, commaAt - 1) : -1;
    if (quoteAt >= contentAt && bytes[quoteAt] === QUOTE) return quoteAt;
    nameAt = bytes.indexOf(STREAM_NAME, nameAt + 1);
  }
  return -1;
}

function lastBehindBlanks(bytes: Buffer, from: number): number {
  let at = from;
  while (at >= 0 && isBlank(bytes[at])) at -= 1;
  return at;
}

/** Behind the quote that opens the name of the stream. */
function streamValueAt(bytes: Buffer, contentEnd: number): number {
  const nameEnd = bytes.indexOf(STREAM_NAME, contentEnd) + STREAM_NAME.length;
  const colonAt = skipBlanks(bytes, nameEnd, bytes.length);
  if (bytes[colonAt] !== COLON) return bytes.length;
  return skipBlanks(bytes, colonAt + 1, bytes.length) + 1;
}

/** `\n`, but not behind a backslash that stands for itself. */
function endsWithBreak(bytes: Buffer, start: number, end: number): boolean {
  if (bytes[end - 1] !== LETTER_N) return false;
  let at = end - 2;
  while (at >= start && bytes[at] === BACKSLASH) at -= 1;
  return (end - 2 - at) % 2 === 1;
}
