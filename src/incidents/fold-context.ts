import type { CoreSettings } from '../model/observation.ts';
import type { Micros } from '../model/micros.ts';
import type { IncidentBook } from './incident-book.ts';
import type { Outcome } from './outcome.ts';

export interface IncidentLimits {
  readonly incidentsInMemoryMax: number;
  readonly mergedIncidentsMax: number;
  readonly fieldCharsMax: number;
}

/** How many findings went nowhere, and why. */
export interface FindingCounters {
  /** Below `incidentLevelMin`, with no open incident to join. */
  belowLevel: number;
  /** Copies of findings that are in an incident already. */
  copies: number;
}

/** What the functions of this room hand each other: state, settings and this batch's results. */
export interface FoldContext {
  readonly book: IncidentBook;
  readonly outcome: Outcome;
  readonly settings: CoreSettings;
  readonly limits: IncidentLimits;
  readonly counters: FindingCounters;
  /** Newest order time released so far. */
  readonly newestOrder: Micros;
}
