// The reader thread: no query delays the core, none can write.
import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import type { ReaderStore } from './reader-calls.ts';
import { openReaderStore } from './reader-store.ts';
import { toStoreError } from './store-error.ts';
import { type CallMessage, OPENED_ID, type ReplyMessage } from './thread-calls.ts';

if (!isMainThread) serve();

function serve(): void {
  try {
    const store = openReaderStore((workerData as { file: string }).file);
    parentPort?.on('message', (call: CallMessage) => handle(store, call));
    reply({ id: OPENED_ID, value: null, error: null });
  } catch (error) {
    replyError(OPENED_ID, error);
  }
}

function handle(store: ReaderStore, { id, name, argument }: CallMessage): void {
  try {
    const query = store[name as keyof ReaderStore] as (...values: unknown[]) => unknown;
    reply({ id, value: query(...((argument as unknown[] | null) ?? [])), error: null });
  } catch (error) {
    replyError(id, error);
  }
  if (name === 'close') parentPort?.close();
}

function replyError(id: number, error: unknown): void {
  const { code, message } = toStoreError(error);
  reply({ id, value: null, error: { code, message } });
}

function reply(message: ReplyMessage): void {
  parentPort?.postMessage(message, []);
}
