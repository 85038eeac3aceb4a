// The yardstick: what one core does when it only parses the same file, line by line.
//   node bench/json-parse-loop.ts FILE
import { closeSync, openSync, readSync } from 'node:fs';

const CHUNK_BYTES = 1 << 20;
const LINE_END = 0x0a;

export interface ParseFigures {
  readonly lines: number;
  readonly bytes: number;
  /** Reading, cutting, decoding and parsing. */
  readonly seconds: number;
}

/** Parses every line of a file on one core, as plainly as it can be written. */
export function parseEveryLine(path: string): ParseFigures {
  const file = openSync(path, 'r');
  let buffer = Buffer.allocUnsafe(2 * CHUNK_BYTES);
  const started = performance.now();
  let bytes = 0;
  let lines = 0;
  let kept = 0;
  try {
    for (;;) {
      if (buffer.length - kept < CHUNK_BYTES) {
        buffer = Buffer.concat([buffer, Buffer.alloc(CHUNK_BYTES)]);
      }
      const read = readSync(file, buffer, kept, CHUNK_BYTES, null);
      if (read === 0) break;
      bytes += read;
      const filled = buffer.subarray(0, kept + read);
      const { count, end } = parseLines(filled);
      lines += count;
      kept = filled.length - end;
      filled.copy(buffer, 0, end);
    }
    // The last line may have no line end.
    if (kept > 0) {
      JSON.parse(buffer.toString('utf8', 0, kept));
      lines += 1;
    }
  } finally {
    closeSync(file);
  }
  return { lines, bytes, seconds: (performance.now() - started) / 1000 };
}

/** Parses the whole lines of a chunk; `end` is where the unfinished rest begins. */
function parseLines(chunk: Buffer): { readonly count: number; readonly end: number } {
  let count = 0;
  let start = 0;
  for (let end = chunk.indexOf(LINE_END); end !== -1; end = chunk.indexOf(LINE_END, start)) {
    if (end > start) {
      JSON.parse(chunk.toString('utf8', start, end));
      count += 1;
    }
    start = end + 1;
  }
  return { count, end: start };
}

if (import.meta.main) {
  const [path] = process.argv.slice(2);
  if (path === undefined) throw new Error('Name the file to parse');
  console.log(JSON.stringify(parseEveryLine(path)));
}
