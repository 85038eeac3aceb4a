import type { Micros } from './micros.ts';
import type { Origin } from './origin.ts';

/** One record as it came, before anybody looked inside. */
export interface RawRecord {
  readonly bytes: Uint8Array;
  /** Place in its partition or file, the tie-break of equal times; 0 for HTTP, which has no such place. */
  readonly position: number;
}

/** What came in one piece from one place: a request, a file chunk, an action. It has one receipt. */
export interface Part {
  readonly origin: Origin;
  readonly receivedAt: Micros;
  readonly records: readonly RawRecord[];
  /** How far sources were read with this part; stored in the transaction that stores its records. */
  readonly readTo?: readonly SourcePosition[];
}

/** Where reading of a source goes on after a restart. Only its reader knows what the text means. */
export interface SourcePosition {
  readonly source: string;
  /** Null: the source is gone for good, and its position is forgotten. */
  readonly position: string | null;
}

/** The record of a journal row that something came from; `index` counts over all parts of the row. */
export interface JournalRef {
  readonly sequence: number;
  readonly index: number;
}
