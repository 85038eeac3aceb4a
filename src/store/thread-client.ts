import { Worker } from 'node:worker_threads';
import { StoreError } from './store-error.ts';
import { type CallTable, OPENED_ID, type ReplyMessage } from './thread-calls.ts';

/** The main thread's side of a thread of the store. */
export interface ThreadClient<Calls extends CallTable> {
  /** Calls are done in the order they are made. Rejects with a StoreError. */
  call<Name extends keyof Calls & string>(
    name: Name,
    argument: Calls[Name]['argument'],
    transfer?: ArrayBuffer[],
  ): Promise<Calls[Name]['result']>;
  /** Ends the thread after what was called before; a second time does nothing. */
  close(): Promise<void>;
}

/** What a thread of the store makes is short-lived, and most of it lies outside of its heap. */
const HEAP = { maxYoungGenerationSizeMb: 4 };

interface Pending {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: StoreError) => void;
}

/** Starts a thread; settles when it has opened its database or said why it can not. */
export async function startThread<Calls extends CallTable>(
  file: URL,
  options: unknown,
): Promise<ThreadClient<Calls>> {
  const worker = new Worker(file, { workerData: options, resourceLimits: HEAP });
  const pending = new Map<number, Pending>();
  let lastId = OPENED_ID;
  let ended: StoreError | null = null;

  const fail = (error: StoreError): void => {
    ended ??= error;
    for (const { reject } of pending.values()) reject(error);
    pending.clear();
  };
  worker.on('message', ({ id, value, error }: ReplyMessage) => {
    const waiting = pending.get(id);
    pending.delete(id);
    if (error === null) waiting?.resolve(value);
    else waiting?.reject(new StoreError(error.code, error.message));
  });
  worker.on('error', (cause) => {
    fail(new StoreError('unknown', `A thread of the store failed: ${String(cause)}`, { cause }));
  });
  const exited = new Promise<void>((resolve) => {
    worker.on('exit', () => {
      fail(new StoreError('closed', 'The store is closed.'));
      resolve();
    });
  });
  const replyTo = (id: number): Promise<unknown> =>
    new Promise((resolve, reject) => {
      pending.set(id, { resolve, reject });
    });
  const send = (name: string, argument: unknown, transfer: ArrayBuffer[] = []) => {
    if (ended !== null) return Promise.reject(ended);
    lastId += 1;
    const result = replyTo(lastId);
    worker.postMessage({ id: lastId, name, argument }, transfer);
    return result;
  };
  await replyTo(OPENED_ID);
  return {
    call: send,
    async close() {
      if (ended === null) {
        const closing = send('close', null);
        ended = new StoreError('closed', 'The store is closed.');
        await closing;
      }
      await exited;
    },
  };
}
