/** A point in time as whole microseconds since 1970-01-01T00:00:00Z. Safe as a number until 2255. */
export type Micros = number;

export const MICROS_PER_MS = 1000;
export const MICROS_PER_SECOND = 1_000_000;
