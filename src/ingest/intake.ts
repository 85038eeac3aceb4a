import { Subject } from 'rxjs';
import type { Observable } from 'rxjs';
import type { Part } from '../model/part.ts';
import type { Delivery, Outcome } from './delivery.ts';

/** A place in the intake, held from before a body is read until its answer is known. */
export interface Place {
  release(): void;
}

/** The one gate that every part goes through; it bounds, in bytes, what waits for the core. */
export interface Intake {
  readonly deliveries$: Observable<Delivery>;
  readonly bytes: number;
  readonly open: boolean;
  /** Null when the intake stayed full for `waitMs`, or when it is closed. */
  admit(bytes: number, waitMs: number): Promise<Place | null>;
  /** Hands parts to the core; settles after their commit. Passes a full intake. */
  deliver(parts: readonly Part[]): Promise<Outcome>;
  /** Nothing is admitted while paused; what is inside goes on. */
  pause(paused: boolean): void;
  /** Ends the stream; what was delivered is still worked off. */
  close(): void;
}

interface Waiter {
  readonly bytes: number;
  readonly resolve: (place: Place | null) => void;
  readonly timer: NodeJS.Timeout;
}

export class IntakeClosedError extends Error {
  override readonly name = 'IntakeClosedError';
}

const sizeOf = (parts: readonly Part[]): number => {
  let bytes = 0;
  for (const part of parts) for (const record of part.records) bytes += record.bytes.byteLength;
  return bytes;
};

/** @param bytesMax how many bytes may be inside at once; one larger body passes when it is alone. */
export function createIntake(bytesMax: number): Intake {
  const deliveries$ = new Subject<Delivery>();
  const waiters: Waiter[] = [];
  let bytes = 0;
  let paused = false;
  let open = true;

  const fits = (size: number): boolean => !paused && (bytes === 0 || bytes + size <= bytesMax);
  const occupy = (size: number): Place => {
    bytes += size;
    let held = true;
    return {
      release() {
        if (!held) return;
        held = false;
        bytes -= size;
        letIn();
      },
    };
  };
  const letIn = (): void => {
    let first = waiters[0];
    while (first !== undefined && fits(first.bytes)) {
      waiters.shift();
      clearTimeout(first.timer);
      first.resolve(occupy(first.bytes));
      first = waiters[0];
    }
  };
  const wait = (size: number, waitMs: number): Promise<Place | null> =>
    new Promise((resolve) => {
      const giveUp = (): void => {
        waiters.splice(waiters.indexOf(waiter), 1);
        resolve(null);
      };
      const waiter: Waiter = { bytes: size, resolve, timer: setTimeout(giveUp, waitMs) };
      waiters.push(waiter);
    });

  return {
    deliveries$,
    get bytes() {
      return bytes;
    },
    get open() {
      return open && !paused;
    },
    async admit(size, waitMs) {
      if (!open) return null;
      if (waiters.length === 0 && fits(size)) return occupy(size);
      return wait(size, waitMs);
    },
    deliver(parts) {
      return new Promise((resolve, reject) => {
        if (!open) {
          reject(new IntakeClosedError('Eyrie is stopping and takes nothing more.'));
          return;
        }
        deliveries$.next({ parts, bytes: sizeOf(parts), settle: resolve, fail: reject });
      });
    },
    pause(next) {
      paused = next;
      if (!paused) letIn();
    },
    close() {
      if (!open) return;
      open = false;
      for (const waiter of waiters.splice(0)) {
        clearTimeout(waiter.timer);
        waiter.resolve(null);
      }
      deliveries$.complete();
    },
  };
}
