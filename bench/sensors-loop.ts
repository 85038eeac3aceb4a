// What reading events costs beside parsing them, on one core and in the same run:
//   node bench/sensors-loop.ts FILE LINES
import { closeSync, openSync, readSync } from 'node:fs';
import { LIMITS } from '../src/config/limits.ts';
import type { EventsOrigin } from '../src/model/origin.ts';
import type { RawRecord } from '../src/model/part.ts';
import { createSensorsRoom } from '../src/sensors/sensors-room.ts';
import { median } from './quantile.ts';

const CHUNK_BYTES = 1 << 20;
const LINE_END = 0x0a;
/** Lines that both read, one after the other, before the next are fetched. */
const SLICE_LINES = 10_000;
/** Lines of one batch: about a mebibyte, as a busy server gathers them. */
const BATCH_LINES = 500;
/** Until then the compiler is still at work. */
const WARM_UP_SLICES = 5;
const ORIGIN: EventsOrigin = {
  kind: 'events',
  carrier: 'file',
  partition: 'stream.ndjson',
  sensor: 'any',
  cluster: 'default',
  latenessMs: LIMITS.latenessMs,
};

export interface SensorsFigures {
  readonly lines: number;
  /** Events a second that are decoded, validated, normalized and given their id. */
  readonly readPerSecond: number;
  /** Lines a second that `JSON.parse` alone turns from text into objects. */
  readonly parsePerSecond: number;
  /** Median over the slices of the one by the other. */
  readonly ratio: number;
}

/** Every line of a file as bytes of its own. */
function* readLines(path: string): Generator<Uint8Array> {
  const file = openSync(path, 'r');
  const buffer = Buffer.allocUnsafe(2 * CHUNK_BYTES);
  let kept = 0;
  try {
    for (;;) {
      const read = readSync(file, buffer, kept, CHUNK_BYTES, null);
      if (read === 0) return;
      const filled = buffer.subarray(0, kept + read);
      let start = 0;
      for (let end = filled.indexOf(LINE_END); end !== -1; end = filled.indexOf(LINE_END, start)) {
        yield Uint8Array.prototype.slice.call(filled, start, end);
        start = end + 1;
      }
      kept = filled.length - start;
      filled.copy(buffer, 0, start);
    }
  } finally {
    closeSync(file);
  }
}

/** The lines of a file, slice by slice; an unfinished last slice is left out. */
function* readSlices(path: string, linesMax: number): Generator<readonly Uint8Array[]> {
  let slice: Uint8Array[] = [];
  let lines = 0;
  for (const line of readLines(path)) {
    slice.push(line);
    if (slice.length < SLICE_LINES) continue;
    yield slice;
    lines += slice.length;
    if (lines >= linesMax) return;
    slice = [];
  }
}

function parseSeconds(texts: readonly string[]): number {
  const started = performance.now();
  for (const text of texts) JSON.parse(text);
  return (performance.now() - started) / 1000;
}

/** Reads the file both ways, slice by slice, so that both meet the machine in the same moods. */
export function compareWithParse(path: string, linesMax: number): SensorsFigures {
  const room = createSensorsRoom({ faults: new Set() });
  let sequence = 0;
  let slices = 0;
  let position = 0;
  const readBatch = (slice: readonly Uint8Array[]): number => {
    const records = slice.map((bytes): RawRecord => ({ bytes, position: position++ }));
    sequence += 1;
    const part = { origin: ORIGIN, receivedAt: Number.MAX_SAFE_INTEGER, records };
    const started = performance.now();
    const { arrivals } = room.step({ sequence, parts: [part] });
    const seconds = (performance.now() - started) / 1000;
    const refused = arrivals.filter(({ outcome }) => outcome === 'rejected').length;
    if (refused > 0) throw new Error(`${refused} lines of the stream were refused`);
    return seconds;
  };
  const readSeconds = (slice: readonly Uint8Array[]): number => {
    let seconds = 0;
    for (let start = 0; start < slice.length; start += BATCH_LINES) {
      seconds += readBatch(slice.slice(start, start + BATCH_LINES));
    }
    return seconds;
  };
  const reads: number[] = [];
  const parses: number[] = [];
  for (const slice of readSlices(path, linesMax)) {
    const texts = slice.map((bytes) => Buffer.from(bytes).toString('utf8'));
    const parseFirst = slices++ % 2 === 0;
    const early = parseFirst ? parseSeconds(texts) : 0;
    reads.push(readSeconds(slice));
    parses.push(parseFirst ? early : parseSeconds(texts));
  }
  const measured = reads.slice(WARM_UP_SLICES);
  const yardsticks = parses.slice(WARM_UP_SLICES);
  return {
    lines: measured.length * SLICE_LINES,
    readPerSecond: SLICE_LINES / median(measured),
    parsePerSecond: SLICE_LINES / median(yardsticks),
    ratio: median(measured.map((seconds, index) => (yardsticks[index] ?? 0) / seconds)),
  };
}

if (import.meta.main) {
  const [path, lines] = process.argv.slice(2);
  if (path === undefined) throw new Error('Name the file to read');
  console.log(JSON.stringify(compareWithParse(path, Number(lines ?? 300_000))));
}
