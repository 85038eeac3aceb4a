// The two threads' insides without the threads: quicker where threads are not what is tested.
import { afterEach } from 'vitest';
import type { Raised } from '../../src/model/batch.ts';
import { encodeBatch } from '../../src/store/encode-batch.ts';
import type { Committed, RowContext } from '../../src/store/ports.ts';
import type { ReaderStore } from '../../src/store/reader-calls.ts';
import { openReaderStore } from '../../src/store/reader-store.ts';
import { StoreError } from '../../src/store/store-error.ts';
import {
  openWriterStore,
  type WriterStore,
  type WriterStoreOptions,
} from '../../src/store/writer-store.ts';
import { contextOf } from './sample-batch.ts';
import { tempFile } from './temp-database.ts';

const KEEP_ALL = { keepMs: Number.MAX_SAFE_INTEGER, keepBytes: Number.MAX_SAFE_INTEGER };
const openStores: { close(): void }[] = [];

afterEach(() => {
  for (const store of openStores.splice(0)) store.close();
});

export interface LocalStore {
  readonly file: string;
  readonly writer: WriterStore;
  readonly reader: ReaderStore;
  /** Commits one batch or throws. */
  readonly commit: (batch: Raised, context?: Partial<RowContext>) => Committed;
}

/** Opens or makes a store; it is closed after the test at the latest. */
export function openLocal(options: Partial<WriterStoreOptions> = {}): LocalStore {
  const file = options.file ?? tempFile();
  const writer = openWriterStore({
    file,
    durability: 'os',
    numbersFrom: null,
    retention: KEEP_ALL,
    ...options,
  });
  const reader = openReaderStore(file);
  let open = true;
  const close = (): void => {
    if (!open) return;
    open = false;
    reader.close();
    writer.close();
  };
  openStores.push({ close });
  return {
    file,
    writer: { ...writer, close },
    reader,
    commit(batch, context = {}) {
      const [outcome] = writer.commitAll([encodeBatch(batch, contextOf(context))]);
      if (outcome === undefined || outcome instanceof StoreError) {
        throw outcome ?? new Error('Nothing came back.');
      }
      return outcome;
    },
  };
}
