import { interval, map, type Observable } from 'rxjs';
import type { Micros } from '../model/micros.ts';
import type { Control } from '../model/observation.ts';
import type { Part } from '../model/part.ts';

/** Wall time that never runs backwards: what `receivedAt` is read from. */
export interface ReceiptClock {
  now(): Micros;
  /** How far the wall clock lies behind the newest receipt; 0 if it does not. */
  behind(): Micros;
  /** Goes on from a receipt of an earlier run. */
  advanceTo(receivedAt: Micros): void;
  /** Believes the wall clock again, although it lies behind. */
  reset(): void;
}

export function createReceiptClock(wallTime: () => Micros): ReceiptClock {
  let newest = 0;
  return {
    now() {
      newest = Math.max(newest, wallTime());
      return newest;
    },
    behind: () => Math.max(0, newest - wallTime()),
    advanceTo(receivedAt) {
      newest = Math.max(newest, receivedAt);
    },
    reset() {
      newest = wallTime();
    },
  };
}

/** Our own records are JSON like everybody's, so the journal needs no second format. */
export function controlPart(
  kind: 'actions' | 'rules' | 'settings' | 'clock',
  control: Control,
  receivedAt: Micros,
): Part {
  const bytes = Buffer.from(JSON.stringify(control));
  return { origin: { kind }, receivedAt, records: [{ bytes, position: 0 }] };
}

/** One tick. */
export const tickPart = (receivedAt: Micros, runStartedAt: Micros): Part =>
  controlPart('clock', { kind: 'tick', receivedAt, runStartedAt }, receivedAt);

/** A tick every `everyMs` of wall time. */
export const ticks = (
  clock: ReceiptClock,
  { everyMs, runStartedAt }: { everyMs: number; runStartedAt: Micros },
): Observable<Part> => interval(everyMs).pipe(map(() => tickPart(clock.now(), runStartedAt)));
