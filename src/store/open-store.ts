import { LIMITS } from '../config/limits.ts';
import type { Durability } from './database.ts';
import type { RetentionLimits } from './journal-retention.ts';
import type { StoreReader } from './ports.ts';
import { createReaderClient } from './reader-client.ts';
import type { ReaderCalls } from './reader-calls.ts';
import { startThread } from './thread-client.ts';
import type { WriterCalls } from './writer-calls.ts';
import { createWriterClient, type OpenedStoreWriter } from './writer-client.ts';

export interface WriterOptions {
  readonly file: string;
  /** `full`: fsync at every commit. `os`: a power loss may take the last commits, a crash none. */
  readonly durability: Durability;
  readonly retention?: RetentionLimits;
  /** For a rebuild into a fresh file: the database whose incidents keep their numbers. */
  readonly numbersFrom?: string;
}

const DEFAULT_RETENTION: RetentionLimits = {
  keepMs: LIMITS.journalKeepMs,
  keepBytes: LIMITS.journalKeepBytes,
};

/**
 * Opens the database for writing in a thread of its own; creates it if there is none.
 *
 * @throws StoreError `locked` if another process has it, `not-eyrie`, `newer-version` or `corrupt`
 * if it can not be used. A file that is there is never recreated.
 */
export async function openStoreWriter(options: WriterOptions): Promise<OpenedStoreWriter> {
  const { file, durability, retention = DEFAULT_RETENTION, numbersFrom = null } = options;
  const client = await startThread<WriterCalls>(new URL('writer-worker.ts', import.meta.url), {
    file,
    durability,
    retention,
    numbersFrom,
  });
  return createWriterClient(client, await client.call('sealedBlocks', null));
}

/** Opens an existing database for reading in a thread of its own. Throws as the writer does. */
export async function openStoreReader(file: string): Promise<StoreReader> {
  const thread = new URL('reader-worker.ts', import.meta.url);
  return createReaderClient(await startThread<ReaderCalls>(thread, { file }));
}
