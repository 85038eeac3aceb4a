import { createReadStream } from 'node:fs';
import { createGunzip } from 'node:zlib';
import { createRecordSplitter } from '../ingest/split-records.ts';
import { CliFailure } from './cli-failure.ts';
import { EXIT } from './exit-codes.ts';
import type { Terminal } from './terminal.ts';

/** Records of standard input are kept in memory, because they are read twice. */
const STDIN_BYTES_MAX = 512 * 1024 * 1024;

export interface RecordSource {
  /** All records in their order, each time from the beginning. */
  read(): AsyncIterable<Uint8Array>;
}

/** The records of a file (plain or `.gz`), or of standard input for `-`. */
export async function openRecords(file: string, terminal: Terminal): Promise<RecordSource> {
  if (file !== '-') return { read: () => split(openFile(file)) };
  const kept: Uint8Array[] = [];
  let bytes = 0;
  for await (const record of split(terminal.stdin)) {
    bytes += record.byteLength;
    if (bytes > STDIN_BYTES_MAX) {
      throw new CliFailure(EXIT.usage, 'Standard input is over 512 MiB; send it as a file.');
    }
    kept.push(record);
  }
  return {
    read: async function* read() {
      yield* kept;
    },
  };
}

function openFile(file: string): AsyncIterable<Uint8Array> {
  const stream = createReadStream(file);
  if (!file.endsWith('.gz')) return stream;
  const gunzip = createGunzip();
  // An unreadable file must fail the reader, which only sees the gunzip end.
  stream.on('error', (error) => gunzip.destroy(error));
  return stream.pipe(gunzip);
}

async function* split(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const splitter = createRecordSplitter();
  for await (const chunk of chunks) yield* splitter.push(chunk);
  yield* splitter.end();
}
