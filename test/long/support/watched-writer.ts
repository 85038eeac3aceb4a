import { setTimeout as sleep } from 'node:timers/promises';
import type { Raised } from '../../../src/model/batch.ts';
import type { Committed, RowContext, StoreWriter } from '../../../src/store/ports.ts';
import type { ChildMessage, ChildOptions } from './child-protocol.ts';

interface WatchOptions {
  readonly tell: (message: ChildMessage) => void;
  readonly hold: ChildOptions['hold'];
}

const holdFor = async (hold: ChildOptions['hold']): Promise<void> => {
  if (hold === null) return;
  await sleep(hold.minMs + Math.random() * (hold.maxMs - hold.minMs));
};

/** The store's own writer; what it does is told, and answers may follow a little later. */
export function watchedWriter(writer: StoreWriter, { tell, hold }: WatchOptions): StoreWriter {
  return {
    ...writer,
    async commit(batch, context) {
      const { sequence } = batch;
      tell({ kind: 'commit-began', sequence });
      const committed = await writer.commit(batch, context);
      tell({ kind: 'commit-done', sequence });
      await holdFor(hold);
      return committed;
    },
    async saveSnapshot(snapshot) {
      const { sequence } = snapshot;
      tell({ kind: 'snapshot-began', sequence });
      await writer.saveSnapshot(snapshot);
      tell({ kind: 'snapshot-ended', sequence });
    },
  };
}

/** The planted bug: a batch counts as stored while it only waits for its transaction. */
export function earlyWriter(writer: StoreWriter, { tell, hold }: WatchOptions): StoreWriter {
  let before: Promise<void> = Promise.resolve();
  const storeLater = async (turn: Promise<void>, batch: Raised, context: RowContext) => {
    await turn;
    await holdFor(hold);
    await writer.commit(batch, context);
    tell({ kind: 'commit-done', sequence: batch.sequence });
  };
  return {
    ...writer,
    commit(batch, context): Promise<Committed> {
      before = storeLater(before, batch, context);
      return Promise.resolve({ sequence: batch.sequence, storedBytes: 0, commitMs: 0 });
    },
    async saveSnapshot(snapshot) {
      await before;
      await writer.saveSnapshot(snapshot);
    },
  };
}
