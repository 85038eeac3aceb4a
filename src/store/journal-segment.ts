/** So many journal rows in a row share their index entries, which are written when all are there. */
const SEGMENT_ROWS = 256;

export const segmentOf = (sequence: number): number => Math.floor(sequence / SEGMENT_ROWS);

export const firstOf = (segment: number): number => segment * SEGMENT_ROWS;

export const lastOf = (segment: number): number => firstOf(segment + 1) - 1;
