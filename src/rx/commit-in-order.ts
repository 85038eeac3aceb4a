import { setTimeout as sleep } from 'node:timers/promises';
import { Observable, type OperatorFunction } from 'rxjs';

export interface CommitOptions<Batch, Result> {
  /** Begins to store a batch. Calls are made in order, several may be under way. */
  readonly commit: (batch: Batch) => Promise<Result>;
  /** May the same commit be tried again after this error? If not, the stream ends with it. */
  readonly retryable: (error: unknown) => boolean;
  readonly retryDelayMs: number;
  /** Told when commits stop for want of room, and when they go on. */
  readonly onStall: (stalled: boolean, error: unknown) => void;
}

/**
 * Commits batches in the order they come and emits each when it is stored. When one can not be
 * stored for now (a full disk), it and all behind it wait and are tried again in order; what the
 * core has folded is never folded again. An error of the source waits for what is under way.
 */
export function commitInOrder<Batch, Result>(
  options: CommitOptions<Batch, Result>,
): OperatorFunction<Batch, { batch: Batch; result: Result }> {
  return (source) =>
    new Observable((subscriber) => {
      const waiting: { batch: Batch; stored: Promise<Result> }[] = [];
      let draining = false;
      let end: (() => void) | null = null;

      const begin = (batch: Batch): Promise<Result> => {
        const stored = options.commit(batch);
        // The failure is handled where the batch is awaited; until then it is not unhandled.
        stored.catch(() => {});
        return stored;
      };
      const beginAgain = (): void => {
        for (const entry of waiting) entry.stored = begin(entry.batch);
      };
      const storeFirst = async (): Promise<void> => {
        const first = waiting[0];
        if (first === undefined) return;
        try {
          const result = await first.stored;
          waiting.shift();
          subscriber.next({ batch: first.batch, result });
        } catch (error) {
          if (!options.retryable(error)) throw error;
          await stall(error);
        }
      };
      const stall = async (error: unknown): Promise<void> => {
        options.onStall(true, error);
        await Promise.allSettled(waiting.map((entry) => entry.stored));
        await sleep(options.retryDelayMs);
        beginAgain();
        const stored = await waiting[0]?.stored.then(
          () => true,
          () => false,
        );
        if (stored === true) options.onStall(false, null);
      };
      const drain = async (): Promise<void> => {
        if (draining) return;
        draining = true;
        try {
          while (waiting.length > 0 && !subscriber.closed) await storeFirst();
          draining = false;
          end?.();
        } catch (error) {
          subscriber.error(error);
        }
      };
      const finish = (action: () => void): void => {
        end = action;
        if (!draining) action();
      };

      return source.subscribe({
        next(batch) {
          waiting.push({ batch, stored: begin(batch) });
          void drain();
        },
        error: (error: unknown) => finish(() => subscriber.error(error)),
        complete: () => finish(() => subscriber.complete()),
      });
    });
}
