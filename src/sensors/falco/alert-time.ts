import { MICROS_PER_SECOND } from '../../model/micros.ts';
import type { TimeReader } from '../event-time.ts';
import { type OwnTime, readOwnTime } from '../order-time.ts';
import { type ExactIntegers, mayBeRounded } from './exact-integers.ts';
import type { RawFields } from './field-shape.ts';

/** Output fields that hold the time of the event itself, as text or as nanoseconds since 1970. */
const TIME_FIELDS = [
  'evt.time',
  'evt.time.iso8601',
  'evt.rawtime',
  'evt.datetime',
  'jevt.time.iso8601',
  'jevt.rawtime',
];
/** Nanoseconds since 1970 have so many digits from 1973 to 2286. */
const EPOCH_NANOS = /^\d{18,19}$/;
const DIGITS_BELOW_SECOND = 9;

export interface TimeSources {
  readonly times: TimeReader;
  readonly exact: ExactIntegers;
}

/**
 * When an alert happened: by its `time`, else by those of its fields that hold it. Numbers of
 * nanoseconds are taken from the record's text, because as numbers they are rounded.
 */
export function readAlertTime(
  written: unknown,
  fields: RawFields | null,
  { times, exact }: TimeSources,
): OwnTime | null {
  const own = readOwnTime(written, times);
  if (own !== null || fields === null) return own;
  for (const key of TIME_FIELDS) {
    const place = fields.shape.places.get(key);
    const value = place === undefined ? undefined : fields.values[place];
    const digits = mayBeRounded(value) ? exact.textOf(key, value) : value;
    const time = readOwnTime(digits, times) ?? readEpochNanos(digits);
    if (time !== null) return time;
  }
  return null;
}

function readEpochNanos(digits: unknown): OwnTime | null {
  if (typeof digits !== 'string' || !EPOCH_NANOS.test(digits)) return null;
  const seconds = Number(digits.slice(0, -DIGITS_BELOW_SECOND));
  const below = Number(digits.slice(-DIGITS_BELOW_SECOND));
  const nanos = below % 1000;
  return { micros: seconds * MICROS_PER_SECOND + (below - nanos) / 1000, nanos };
}
