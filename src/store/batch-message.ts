import type { Micros } from '../model/micros.ts';
import type { SourcePosition } from '../model/part.ts';
import type { EncodedOutput } from './encode-output.ts';
import type { RowContext } from './ports.ts';

/** Which kind of thing an entry of the journal's index names. The numbers are stored. */
export const KEY_KINDS = { pod: 1, container: 2, node: 3, podUid: 4 } as const;
export type KeyKind = (typeof KEY_KINDS)[keyof typeof KEY_KINDS];

/** Distinct values of one kind and cluster that accepted events have. */
export interface IndexKeys {
  readonly kind: KeyKind;
  readonly cluster: string;
  readonly values: readonly string[];
}

export interface ClusterTally {
  readonly cluster: string;
  readonly accepted: number;
  readonly duplicate: number;
  readonly rejected: number;
  readonly skipped: number;
  readonly late: number;
}

export interface RefusedRecord {
  readonly index: number;
  readonly cluster: string;
  readonly code: string;
  readonly detail: string;
}

/** The raw side of a journal row. */
export interface PackedRow {
  readonly records: Uint8Array<ArrayBuffer>;
  readonly recordCount: number;
  /** JSON of `part-layout.ts`. */
  readonly parts: string;
  /** How far sources were read with this row; of one source the last counts. */
  readonly readTo: readonly SourcePosition[];
  readonly firstReceivedAt: Micros;
  readonly lastReceivedAt: Micros;
}

/** What the core said of a journal row's records. */
export interface ArrivalSummary {
  readonly tallies: readonly ClusterTally[];
  readonly controls: number;
  readonly outcomes: string;
  readonly firstEventTime: Micros | null;
  readonly lastEventTime: Micros | null;
  readonly keys: readonly IndexKeys[];
  readonly refused: readonly RefusedRecord[];
  /** Ids of events of which another copy arrived, once per copy. */
  readonly duplicates: readonly string[];
}

/** Columns of an evidence event, as the core read it. */
export interface EvidenceFacts {
  readonly eventId: string;
  readonly cluster: string;
  readonly time: Micros;
  readonly sensor: string;
  readonly kind: string;
  readonly node: string;
  readonly namespace: string | null;
  readonly pod: string | null;
  readonly podUid: string | null;
  readonly container: string | null;
  readonly occurrences: number;
  /** Texts that can be searched, each already cut to its limit. */
  readonly searchText: string;
}

/** A batch on its way to the writer thread. */
export interface BatchMessage {
  readonly sequence: number;
  readonly context: RowContext;
  /** Null when the journal row exists already. */
  readonly row: PackedRow | null;
  readonly arrivals: ArrivalSummary;
  readonly evidence: readonly EvidenceFacts[];
  readonly output: EncodedOutput;
}
