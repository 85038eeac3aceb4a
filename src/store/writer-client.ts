import type { Raised } from '../model/batch.ts';
import { encodeBatch, packRow } from './encode-batch.ts';
import { encodeOutput, hashOutput } from './encode-output.ts';
import { decodeJournalRow } from './journal-reader.ts';
import { copyBytes, ownBytes } from './own-bytes.ts';
import type { JournalRow, Snapshot, StoreWriter } from './ports.ts';
import { createSpareBuffers } from './spare-buffers.ts';
import type { ThreadClient } from './thread-client.ts';
import type { WriterCalls } from './writer-calls.ts';

export interface OpenedStoreWriter extends StoreWriter {
  /** For tests of a full disk: the file may not grow past so many pages of 16 KiB. */
  setMaxPageCount(pages: number): Promise<void>;
}

type Client = ThreadClient<WriterCalls>;

/** The port on the main thread: it packs and asks, the thread behind it does the work. */
export function createWriterClient(client: Client, sealed: readonly string[]): OpenedStoreWriter {
  let sealedBlocks = new Set(sealed);
  const memory = createSpareBuffers();
  return {
    async commit(batch, context) {
      const message = encodeBatch(batch, context, memory.take);
      const transfer = message.row === null ? [] : [message.row.records.buffer];
      const { committed, spares } = await client.call('commit', message, transfer);
      memory.giveBack(spares);
      return committed;
    },
    async saveSnapshot(snapshot) {
      const { message, transfer } = encodeSnapshot(snapshot, sealedBlocks);
      sealedBlocks = new Set(await client.call('saveSnapshot', message, transfer));
    },
    loadSnapshot: (which = 'newest', beyond) => client.call('loadSnapshot', { which, beyond }),
    copyTo: (file) => client.call('copyTo', file),
    readJournal: (fromSequence) => readJournal(client, fromSequence),
    lastSequence: () => client.call('lastSequence', null),
    readPositions: () => client.call('readPositions', null),
    async recordFault({ parts, ...report }) {
      const row = packRow(parts);
      await client.call('recordFault', { ...report, row }, [row.records.buffer]);
    },
    readFaults: () => client.call('readFaults', null),
    outputHash: (batch: Raised) => hashOutput(encodeOutput(batch).text),
    async retain(now) {
      let removed = 0;
      // Each step is a call of its own, so that commits get their turn in between.
      for (;;) {
        const step = await client.call('retainStep', now);
        if (step === 0) return removed;
        removed += step;
      }
    },
    setMaxPageCount: (pages) => client.call('setMaxPageCount', pages),
    close: () => client.close(),
  };
}

function encodeSnapshot(snapshot: Snapshot, stored: ReadonlySet<string>) {
  const state = ownBytes(snapshot.state);
  const transfer = [state.buffer];
  const blocks = snapshot.blocks.map(({ name, sealed, bytes }) => {
    if (sealed && stored.has(name)) return { name, sealed, bytes: null };
    const copy = copyBytes(bytes);
    transfer.push(copy.buffer);
    return { name, sealed, bytes: copy };
  });
  return { message: { ...snapshot, state, blocks }, transfer };
}

/** Reads a page ahead of who consumes it. */
async function* readJournal(client: Client, from: number): AsyncGenerator<JournalRow> {
  const ask = (sequence: number) => {
    const page = client.call('readRows', sequence);
    // Who stops early never looks at the page that was read ahead.
    page.catch(() => {});
    return page;
  };
  let ahead = ask(from);
  for (;;) {
    const page = await ahead;
    if (page.next !== null) ahead = ask(page.next);
    for (const row of page.rows) yield decodeJournalRow(row);
    if (page.next === null) return;
  }
}
