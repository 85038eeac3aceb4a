import { LIMITS } from '../config/limits.ts';
import type { Micros } from '../model/micros.ts';
import { MICROS_PER_MS } from '../model/micros.ts';
import type { SensorName } from '../model/origin.ts';
import { FLAG } from './event-flags.ts';
import type { TimeReader } from './event-time.ts';

/** When an event happened and by which time it is ordered. */
export interface EventTimes {
  readonly time: Micros;
  readonly timeNanos: number;
  readonly orderTime: Micros;
  readonly orderNanos: number;
  /** Bits of `FLAG`. */
  readonly flags: number;
}

/** Time of an event as its sensor wrote it. */
export interface OwnTime {
  readonly micros: Micros;
  readonly nanos: number;
}

/** The time a text names, null if it names none. */
export const readOwnTime = (text: unknown, times: TimeReader): OwnTime | null =>
  times.read(text) ? { micros: times.micros, nanos: times.nanos } : null;

const FUTURE_TOLERANCE: Micros = LIMITS.futureToleranceMs * MICROS_PER_MS;
const FALCO_DELAY: Micros = LIMITS.falcoDelayMs * MICROS_PER_MS;

/**
 * Events are ordered by their own time, with exceptions: one without a time, or too far ahead of
 * its receipt, is ordered by the receipt; a Falco alert comes a little later, behind the Tetragon
 * exec of its process.
 */
export function orderTimes(
  own: OwnTime | null,
  receivedAt: Micros,
  sensor: SensorName,
): EventTimes {
  if (own === null) {
    const byReceipt = { orderTime: receivedAt, orderNanos: 0 };
    return { time: receivedAt, timeNanos: 0, ...byReceipt, flags: FLAG.noTime };
  }
  const { micros: time, nanos: timeNanos } = own;
  if (time > receivedAt + FUTURE_TOLERANCE) {
    return { time, timeNanos, orderTime: receivedAt, orderNanos: 0, flags: FLAG.clockSkew };
  }
  const orderTime = sensor === 'falco' ? time + FALCO_DELAY : time;
  return { time, timeNanos, orderTime, orderNanos: timeNanos, flags: 0 };
}
