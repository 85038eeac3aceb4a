import type { Micros } from '../../model/micros.ts';

const NANOS_PER_MICRO = 1000;
const NANO_DIGITS = 3;
const NANOS_TEXT = /^\d{16,19}$/;

/**
 * The time of an output field that holds nanoseconds since 1970; null if it holds none. As a number
 * it may be off by a microsecond, because such numbers are rounded; never use it to order events.
 */
export function microsOfNanos(value: unknown): Micros | null {
  if (typeof value === 'number') {
    const micros = Math.floor(value / NANOS_PER_MICRO);
    return micros > 0 && Number.isSafeInteger(micros) ? micros : null;
  }
  if (typeof value !== 'string' || !NANOS_TEXT.test(value)) return null;
  return Number(value.slice(0, -NANO_DIGITS));
}
