const MICROS_PER_SECOND = 1_000_000;
const MS_PER_SECOND = 1000;
const NANOS_PER_SECOND = 1_000_000_000n;
const SECOND_CHARS = 19;

/** The part down to the second of an ISO time in quotes and in UTC, as both sensors write it. */
const ISO_SECOND = /(?<=")\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?=(?:\.\d{1,9})?(?:Z|\+00:00)")/g;
/** A time-valued field of Falco as nanoseconds since 1970: 19 digits, beyond what a number holds. */
const NANOS_FIELD =
  /("(?:evt\.(?:time(?:\.[a-z0-9]+)?|rawtime|datetime)|proc\.p?pid\.ts|container\.start_ts|proc\.exe_ino\.[cm]time)": ?)(\d{19})(?=\s*[,}])/g;
/** The event's own time: in valid JSON these characters cannot stand inside a string. */
const OWN_TIME = /"time": ?"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)/g;

const secondCache = new Map<string, number>();
const CACHE_MAX = 1000;

/** Seconds since 1970 of `YYYY-MM-DDTHH:MM:SS`; NaN if there is no such day. */
function secondsOf(text: string): number {
  const known = secondCache.get(text);
  if (known !== undefined) return known;
  const seconds = Date.parse(`${text}Z`) / MS_PER_SECOND;
  if (secondCache.size >= CACHE_MAX) secondCache.clear();
  secondCache.set(text, seconds);
  return seconds;
}

/**
 * Whole second of a record's own time, found without parsing: the last key `time`, which stands
 * behind that of the process in Tetragon's events. Null if there is none.
 */
export function ownSecond(record: string): number | null {
  let last: number | null = null;
  for (const match of record.matchAll(OWN_TIME)) {
    const seconds = secondsOf(match[1] ?? '');
    // Go's zero time means "unknown" and is no time to count from.
    if (seconds > 0) last = seconds;
  }
  return last;
}

/**
 * Moves every time inside a record by whole seconds. The text is changed in place and nothing else:
 * fraction digits stay as they are, to the nanosecond, which a number could not keep.
 */
export function shiftTimes(record: string, bySeconds: number): string {
  if (bySeconds === 0) return record;
  const shifted = record.replace(ISO_SECOND, (text) => {
    const seconds = secondsOf(text);
    // Unreadable and zero times say "unknown"; moving them would invent a time.
    if (Number.isNaN(seconds) || seconds <= 0) return text;
    const moved = new Date((seconds + bySeconds) * MS_PER_SECOND);
    return moved.toISOString().slice(0, SECOND_CHARS);
  });
  const byNanos = BigInt(bySeconds) * NANOS_PER_SECOND;
  return shifted.replace(
    NANOS_FIELD,
    (_whole, key: string, digits: string) => `${key}${BigInt(digits) + byNanos}`,
  );
}

/** By how many whole seconds to move a stream so that its newest event happens at `now` or just before. */
export const offsetToNow = (newestSecond: number, nowMicros: number): number =>
  Math.floor(nowMicros / MICROS_PER_SECOND) - 1 - newestSecond;
