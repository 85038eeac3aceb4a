import type { BatchMessage } from './batch-message.ts';
import { StoreError, type StoreErrorCode } from './store-error.ts';

/** Keeps the journal free of gaps: a row is stored behind the one before it or not at all. */
export interface CommitGuard {
  /** Throws a StoreError if this batch may not be stored now. */
  check(message: BatchMessage): void;
  succeeded(messages: readonly BatchMessage[]): void;
  failed(message: BatchMessage, code: StoreErrorCode): void;
  /** Why rows can not be stored at the moment; null if they can. */
  blockedBy(): StoreErrorCode | null;
}

export function createCommitGuard(lastSequence: () => number): CommitGuard {
  let blocked: { sequence: number; code: StoreErrorCode } | null = null;
  return {
    check({ sequence, context }) {
      if (!context.newRow) return;
      // What was sent before the failure was known fails alike, and is sent again behind it.
      if (blocked !== null && sequence > blocked.sequence) {
        const why = `Journal row ${sequence} waits for row ${blocked.sequence}, which failed.`;
        throw new StoreError(blocked.code, why);
      }
      const last = lastSequence();
      if (last !== 0 && sequence !== last + 1) {
        const why = `Journal row ${sequence} can not follow row ${last}: somebody else wrote.`;
        throw new StoreError('foreign-writer', why);
      }
    },
    succeeded(messages) {
      const newRows = messages.filter((message) => message.context.newRow);
      if (newRows.length > 0) blocked = null;
    },
    failed({ sequence, context }, code) {
      if (context.newRow && (blocked === null || sequence <= blocked.sequence)) {
        blocked = { sequence, code };
      }
    },
    blockedBy: () => blocked?.code ?? null,
  };
}
