import { performance } from 'node:perf_hooks';
import type { BatchMessage } from './batch-message.ts';
import type { CommitGuard } from './commit-guard.ts';
import type { Committed } from './ports.ts';
import { StoreError, toStoreError } from './store-error.ts';

export type CommitOutcome = Committed | StoreError;

interface CommitParts {
  readonly guard: CommitGuard;
  /** Runs the action in a transaction that is rolled back whole if it throws a StoreError. */
  readonly inTransaction: <Result>(action: () => Result) => Result;
  /** Writes one batch; returns the bytes stored for it. */
  readonly write: (message: BatchMessage) => number;
}

/** Commits batches in one transaction if they all fit, else one by one; always in their order. */
export function createCommitter(
  parts: CommitParts,
): (messages: readonly BatchMessage[]) => readonly CommitOutcome[] {
  const { guard, inTransaction, write } = parts;

  const commitTogether = (messages: readonly BatchMessage[]): readonly Committed[] => {
    const began = performance.now();
    const stored = inTransaction(() =>
      messages.map((message) => {
        guard.check(message);
        return { sequence: message.sequence, storedBytes: write(message) };
      }),
    );
    guard.succeeded(messages);
    const commitMs = performance.now() - began;
    return stored.map(({ sequence, storedBytes }) => ({ sequence, storedBytes, commitMs }));
  };
  const commitAlone = (message: BatchMessage): CommitOutcome => {
    try {
      return commitTogether([message])[0] ?? new StoreError('unknown', 'Nothing was committed.');
    } catch (error) {
      const failure = toStoreError(error);
      guard.failed(message, failure.code);
      return failure;
    }
  };
  return (messages) => {
    if (messages.length === 1) return messages.map(commitAlone);
    try {
      return commitTogether(messages);
    } catch {
      // One of them failed and all were rolled back; alone, those before it still go through.
      return messages.map(commitAlone);
    }
  };
}
