const START = Buffer.from('{"log":"');
const AFTER_LOG = Buffer.from('","stream":"');
const STREAMS = ['stdout', 'stderr'] as const;
const STREAM_CHARS = STREAMS[0].length;
const BACKSLASH = 0x5c;
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

/** Reads the line as Docker itself writes it; null for any other order of its members. */
export function readDockerLine(bytes: Buffer): DockerLine | null {
  const contentAt = START.length;
  if (bytes.compare(START, 0, contentAt, 0, Math.min(contentAt, bytes.length)) !== 0) return null;
  // Inside the text each quote has a backslash in front, so this can only stand behind it.
  const contentEnd = bytes.indexOf(AFTER_LOG, contentAt);
  if (contentEnd === -1) return null;
  const streamAt = contentEnd + AFTER_LOG.length;
  const named = bytes.toString('latin1', streamAt, streamAt + STREAM_CHARS);
  const stream = STREAMS.find((name) => name === named);
  if (stream === undefined) return null;
  return { stream, contentAt, contentEnd, endsLine: endsWithBreak(bytes, contentAt, contentEnd) };
}

/** `\n`, but not behind a backslash that stands for itself. */
function endsWithBreak(bytes: Buffer, start: number, end: number): boolean {
  if (bytes[end - 1] !== LETTER_N) return false;
  let at = end - 2;
  while (at >= start && bytes[at] === BACKSLASH) at -= 1;
  return (end - 2 - at) % 2 === 1;
}
