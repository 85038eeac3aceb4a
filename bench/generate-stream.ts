// Writes the stream of the benchmarks and the pod dump that belongs to it:
//   node bench/generate-stream.ts --events 1000000 --seed 7 --out stream.ndjson --pods pods.json
import { closeSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { createEventStream, type StreamOptions } from './stream/event-stream.ts';

const CHUNK_BYTES = 1 << 20;

export interface StreamFiles {
  readonly events: string;
  readonly pods: string;
}

export interface WrittenStream {
  readonly lines: number;
  readonly bytes: number;
}

/** Writes a stream to disk chunk by chunk, so that its size does not matter to memory. */
export function writeStream(options: StreamOptions, files: StreamFiles): WrittenStream {
  const stream = createEventStream(options);
  writeFileSync(files.pods, JSON.stringify(stream.pods));
  // All lines are ASCII, so a character is a byte.
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  const file = openSync(files.events, 'w');
  let filled = 0;
  let bytes = 0;
  let lines = 0;
  const flush = (): void => {
    let written = 0;
    while (written < filled) written += writeSync(file, chunk, written, filled - written);
    bytes += filled;
    filled = 0;
  };
  try {
    for (let line = stream.next(); line !== null; line = stream.next()) {
      if (filled + line.length + 1 > CHUNK_BYTES) flush();
      filled += chunk.write(line, filled, 'latin1');
      chunk[filled++] = 0x0a;
      lines += 1;
    }
    flush();
  } finally {
    closeSync(file);
  }
  return { lines, bytes };
}

function main(): void {
  const { values } = parseArgs({
    options: {
      events: { type: 'string', default: '1000000' },
      seed: { type: 'string', default: '7' },
      out: { type: 'string', default: 'stream.ndjson' },
      pods: { type: 'string', default: 'pods.json' },
    },
  });
  const started = performance.now();
  const files = { events: values.out, pods: values.pods };
  const written = writeStream({ seed: Number(values.seed), events: Number(values.events) }, files);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  const mean = Math.round(written.bytes / written.lines);
  console.log(
    `${written.lines} events, ${written.bytes} bytes (${mean} per event) in ${seconds} s to ${values.out}; pods in ${values.pods}`,
  );
}

if (import.meta.main) main();
