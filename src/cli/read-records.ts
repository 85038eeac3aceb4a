import { createReadStream } from 'node:fs';
import { inflateStream } from '../ingest/inflate-stream.ts';
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

/** The records of a file or, for `-`, of standard input; gzip is known by its first bytes. */
export async function openRecords(file: string, terminal: Terminal): Promise<RecordSource> {
  if (file !== '-') return { read: () => split(createReadStream(file), file) };
  const kept: Uint8Array[] = [];
  let bytes = 0;
  for await (const record of split(terminal.stdin, file)) {
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

async function* split(chunks: AsyncIterable<Uint8Array>, path: string): AsyncGenerator<Uint8Array> {
  const splitter = createRecordSplitter();
  for await (const chunk of inflateStream(chunks, path)) yield* splitter.push(chunk);
  yield* splitter.end();
}
