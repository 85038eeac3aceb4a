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
  /** Closes, and answers every door that still waits: nobody will work its delivery off. */
  abort(): void;
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
export const createIntake = (bytesMax: number): Intake => new BoundedIntake(bytesMax);

class BoundedIntake implements Intake {
  readonly deliveries$ = new Subject<Delivery>();
  bytes = 0;
  private readonly bytesMax: number;
  private readonly waiters: Waiter[] = [];
  private readonly unsettled = new Set<Delivery>();
  private paused = false;
  private closed = false;

  constructor(bytesMax: number) {
    this.bytesMax = bytesMax;
  }

  get open(): boolean {
    return !this.closed && !this.paused;
  }

  async admit(bytes: number, waitMs: number): Promise<Place | null> {
    if (this.closed) return null;
    if (this.waiters.length === 0 && this.fits(bytes)) return this.occupy(bytes);
    return this.wait(bytes, waitMs);
  }

  deliver(parts: readonly Part[]): Promise<Outcome> {
    return new Promise((resolve, reject) => {
      if (this.closed) {
        reject(new IntakeClosedError('Eyrie is stopping and takes nothing more.'));
        return;
      }
      const delivery: Delivery = {
        parts,
        bytes: sizeOf(parts),
        settle: (outcome) => {
          this.unsettled.delete(delivery);
          resolve(outcome);
        },
        fail: reject,
      };
      this.unsettled.add(delivery);
      this.deliveries$.next(delivery);
    });
  }

  pause(paused: boolean): void {
    this.paused = paused;
    this.letIn();
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    for (const waiter of this.waiters.splice(0)) {
      clearTimeout(waiter.timer);
      waiter.resolve(null);
    }
    this.deliveries$.complete();
  }

  abort(): void {
    this.close();
    const error = new IntakeClosedError(
      'Eyrie can not go on and starts again. Send this once more: what was taken is known then.',
    );
    for (const delivery of this.unsettled) delivery.fail(error);
    this.unsettled.clear();
  }

  private fits(bytes: number): boolean {
    return !this.paused && (this.bytes === 0 || this.bytes + bytes <= this.bytesMax);
  }

  private occupy(bytes: number): Place {
    this.bytes += bytes;
    let held = true;
    return {
      release: () => {
        if (!held) return;
        held = false;
        this.bytes -= bytes;
        this.letIn();
      },
    };
  }

  /** First come, first served: a large body is not passed over for small ones for ever. */
  private letIn(): void {
    let first = this.waiters[0];
    while (first !== undefined && this.fits(first.bytes)) {
      this.waiters.shift();
      clearTimeout(first.timer);
      first.resolve(this.occupy(first.bytes));
      first = this.waiters[0];
    }
  }

  private wait(bytes: number, waitMs: number): Promise<Place | null> {
    return new Promise((resolve) => {
      const giveUp = (): void => {
        this.waiters.splice(this.waiters.indexOf(waiter), 1);
        resolve(null);
        this.letIn();
      };
      const waiter: Waiter = { bytes, resolve, timer: setTimeout(giveUp, waitMs) };
      this.waiters.push(waiter);
    });
  }
}
