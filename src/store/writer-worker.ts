// The writer thread: compression and SQLite, off the main thread.
import { isMainThread, parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import type { BatchMessage } from './batch-message.ts';
import type { JournalPage } from './journal-reader.ts';
import type { Snapshot } from './ports.ts';
import { toStoreError } from './store-error.ts';
import { type CallMessage, OPENED_ID, type ReplyMessage } from './thread-calls.ts';
import type { CommitReply, WriterCalls } from './writer-calls.ts';
import { openWriterStore, type WriterStore, type WriterStoreOptions } from './writer-store.ts';

type Handlers = {
  readonly [Name in Exclude<keyof WriterCalls, 'commit'>]: (
    argument: WriterCalls[Name]['argument'],
  ) => WriterCalls[Name]['result'];
};

/** Commits that queued up while the disk was busy share one transaction, up to this many. */
const GROUP_MAX = 8;

if (!isMainThread) serve();

function serve(): void {
  try {
    const store = openWriterStore(workerData as WriterStoreOptions);
    const handlers = createHandlers(store);
    parentPort?.on('message', (first: CallMessage) => work(store, handlers, first));
    reply({ id: OPENED_ID, value: null, error: null });
  } catch (error) {
    replyError(OPENED_ID, error);
  }
}

function createHandlers(store: WriterStore): Handlers {
  return {
    saveSnapshot: (snapshot) => store.saveSnapshot(snapshot),
    loadSnapshot: ({ which, beyond }) => store.loadSnapshot(which, beyond),
    copyTo: (file) => store.copyTo(file),
    sealedBlocks: () => store.sealedBlocks(),
    readRows: (from) => store.readRows(from),
    lastSequence: () => store.lastSequence(),
    readPositions: () => store.readPositions(),
    recordFault: (message) => store.recordFault(message),
    readFaults: () => store.readFaults(),
    retainStep: (now) => store.retainStep(now),
    setMaxPageCount: (pages) => store.setMaxPageCount(pages),
    close: () => store.close(),
  };
}

/** Does a call and all that queued up behind it, in order. */
function work(store: WriterStore, handlers: Handlers, first: CallMessage): void {
  let commits: CallMessage[] = [];
  const commitQueued = (): void => {
    if (commits.length > 0) commitGroup(store, commits);
    commits = [];
  };
  for (let call: CallMessage | null = first; call !== null; call = nextQueued()) {
    if (call.name === 'commit') {
      commits.push(call);
      if (commits.length >= GROUP_MAX) commitQueued();
    } else {
      commitQueued();
      handle(handlers, call);
    }
  }
  commitQueued();
}

function nextQueued(): CallMessage | null {
  if (parentPort === null) return null;
  const received = receiveMessageOnPort(parentPort);
  return received === undefined ? null : (received.message as CallMessage);
}

function commitGroup(store: WriterStore, calls: readonly CallMessage[]): void {
  const outcomes = store.commitAll(calls.map((call) => call.argument as BatchMessage));
  for (const [index, call] of calls.entries()) {
    const outcome = outcomes[index];
    if (outcome === undefined || outcome instanceof Error) {
      replyError(call.id, outcome);
      continue;
    }
    const spares = [...store.takeSpares()];
    const value: CommitReply = { committed: outcome, spares };
    reply({ id: call.id, value, error: null }, spares);
  }
}

function handle(handlers: Handlers, { id, name, argument }: CallMessage): void {
  try {
    const handler = handlers[name as keyof Handlers] as (argument: unknown) => unknown;
    const value = handler(argument);
    reply({ id, value, error: null }, buffersOf(name, value));
  } catch (error) {
    replyError(id, error);
  }
  if (name === 'close') parentPort?.close();
}

/** The large results are handed over without a copy. */
function buffersOf(name: string, value: unknown): ArrayBuffer[] {
  if (name === 'readRows') return (value as JournalPage).rows.map((row) => row.records.buffer);
  if (name !== 'loadSnapshot' || value === null) return [];
  const { state, blocks } = value as Snapshot;
  return [state, ...blocks.map((block) => block.bytes)].map((bytes) => bytes.buffer as ArrayBuffer);
}

function replyError(id: number, error: unknown): void {
  const { code, message } = toStoreError(error);
  reply({ id, value: null, error: { code, message } });
}

function reply(message: ReplyMessage, transfer: ArrayBuffer[] = []): void {
  parentPort?.postMessage(message, transfer);
}
