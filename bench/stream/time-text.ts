const NANOS_PER_SECOND = 1_000_000_000;
const MICROS_PER_SECOND = 1_000_000;

let cachedSecond = Number.NaN;
let cachedText = '';

/** `YYYY-MM-DDTHH:MM:SS` of a whole second; consecutive events share it, so the last is kept. */
function secondText(second: number): string {
  if (second !== cachedSecond) {
    cachedSecond = second;
    cachedText = new Date(second * 1000).toISOString().slice(0, 19);
  }
  return cachedText;
}

/** RFC 3339 in UTC with nine digits, as both sensors print it. `nanos` is below a microsecond. */
export function timeText(micros: number, nanos: number): string {
  const second = Math.floor(micros / MICROS_PER_SECOND);
  const fraction = (micros - second * MICROS_PER_SECOND) * 1000 + nanos;
  return `${secondText(second)}.${String(fraction + NANOS_PER_SECOND).slice(1)}Z`;
}

/** A count of nanoseconds as digits, because it may be beyond what a JavaScript number can hold. */
export function epochNanosText(micros: number, nanos: number): string {
  return `${micros}${String(1000 + nanos).slice(1)}`;
}
