import type { Finding } from '../model/finding.ts';
import type { Micros } from '../model/micros.ts';

/** One event as a correlation's group sees it: once, however many of its rules it matched. */
export interface Entry {
  readonly time: Micros;
  /** Nanoseconds below the microsecond of `time`. */
  readonly nanos: number;
  /** Place in the sequence of steps, which decides between equal times. */
  readonly ordinal: number;
  /** Which of the correlation's rules it matched, as bits in the order of `rules`. */
  readonly hits: number;
  /** What a `value_count` counts, else null. */
  readonly value: string | null;
  /** Findings of those rules in this event. Never empty. */
  readonly findings: readonly Finding[];
}

/** Below zero when the left one comes first in the total order. */
export function compareEntries(left: Entry, right: Entry): number {
  if (left.time !== right.time) return left.time - right.time;
  return left.nanos === right.nanos ? left.ordinal - right.ordinal : left.nanos - right.nanos;
}

/** Whether two entries lie in one closed window: last - first <= timespan, to the nanosecond. */
export function isWithin(first: Entry, last: Entry, timespan: Micros): boolean {
  const distance = last.time - first.time;
  return distance < timespan || (distance === timespan && last.nanos <= first.nanos);
}
