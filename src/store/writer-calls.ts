import type { Micros } from '../model/micros.ts';
import type { SourcePosition } from '../model/part.ts';
import type { BatchMessage } from './batch-message.ts';
import type { FaultMessage } from './fault-store.ts';
import type { JournalPage } from './journal-reader.ts';
import type { Committed, CoreFault, Snapshot, SnapshotChoice } from './ports.ts';
import type { SnapshotMessage } from './snapshot-store.ts';

export interface CommitReply {
  readonly committed: Committed;
  /** Memory of records that came with earlier batches, to be used again. */
  readonly spares: readonly ArrayBuffer[];
}

/** What the writer thread can be asked to do. */
export type WriterCalls = {
  commit: { argument: BatchMessage; result: CommitReply };
  saveSnapshot: { argument: SnapshotMessage; result: readonly string[] };
  loadSnapshot: {
    argument: { readonly which: SnapshotChoice; readonly beyond: number | undefined };
    result: Snapshot | null;
  };
  copyTo: { argument: string; result: void };
  sealedBlocks: { argument: null; result: readonly string[] };
  readRows: { argument: number; result: JournalPage };
  lastSequence: { argument: null; result: number };
  readPositions: { argument: null; result: readonly SourcePosition[] };
  recordFault: { argument: FaultMessage; result: void };
  readFaults: { argument: null; result: readonly CoreFault[] };
  retainStep: { argument: Micros; result: number };
  setMaxPageCount: { argument: number; result: void };
  close: { argument: null; result: void };
};
