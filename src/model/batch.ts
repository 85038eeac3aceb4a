import type {
  AuditEntry,
  FoldedFindings,
  Incident,
  IncidentChange,
  PlacedFinding,
  Receipt,
} from './incident.ts';
import type { CoverageGap } from './coverage-gap.ts';
import type { Control } from './observation.ts';
import type { Finding } from './finding.ts';
import type { JournalRef, Part } from './part.ts';
import type { Lineage } from './lineage.ts';
import type { Micros } from './micros.ts';
import type { PodContext } from './pod-context.ts';
import type { ProcessJoin } from './process-join.ts';
import type { Rejection, SkipReason } from './rejection.ts';
import type { SecurityEvent } from './security-event.ts';

/**
 * What flows through the pipeline. Each room adds one column and changes none; a column may hold
 * results of earlier batches, because events are held until the watermark passes them.
 */
export interface Received {
  /** Number of the journal row this batch becomes. */
  readonly sequence: number;
  readonly parts: readonly Part[];
  /** Records to refuse because the core once threw on them; known when a journal row is judged again. */
  readonly faultIndexes?: readonly number[];
}

/** What one record turned out to be. One per record, in the order of parts and records. */
export type Arrival =
  | { readonly outcome: 'accepted'; readonly event: SecurityEvent }
  | { readonly outcome: 'duplicate'; readonly event: SecurityEvent }
  | { readonly outcome: 'rejected'; readonly rejection: Rejection }
  | { readonly outcome: 'skipped'; readonly reason: SkipReason }
  | { readonly outcome: 'control'; readonly control: Control; readonly journal: JournalRef };

export interface Normalized extends Received {
  readonly arrivals: readonly Arrival[];
}

/** One step of the total order. Everything behind `order` folds over these, one by one. */
export type Step =
  | {
      readonly kind: 'event';
      readonly event: SecurityEvent;
      readonly late: boolean;
      /** Copies of this event seen until its release, itself included. */
      readonly occurrences: number;
    }
  | {
      readonly kind: 'control';
      readonly control: Control;
      readonly journal: JournalRef;
      /** For an action: what was held when it came, by the keys `heldEntityKeys` gives an event. */
      readonly held: ReadonlyMap<string, number>;
    };

export interface Ordered extends Normalized {
  readonly steps: readonly Step[];
  readonly lateCount: number;
  readonly watermark: Micros | null;
}

export interface Enrichment {
  readonly pod: PodContext;
  readonly lineage: Lineage | null;
  /** For Falco alerts about system calls; null for events that need no join or have no process. */
  readonly join: ProcessJoin | null;
}

/** `enrichments[i]` belongs to `steps[i]`; null for controls. */
export interface Enriched extends Ordered {
  readonly enrichments: readonly (Enrichment | null)[];
}

/** `findings[i]` belongs to `steps[i]`; a shared empty list where there is none. */
export interface Detected extends Enriched {
  readonly findings: readonly (readonly Finding[])[];
}

/** `correlations[i]` are the correlation findings that the findings of `steps[i]` completed. */
export interface Correlated extends Detected {
  readonly correlations: readonly (readonly Finding[])[];
}

/** What the batch changed. Everything here is deterministic. */
export interface Raised extends Correlated {
  readonly placed: readonly PlacedFinding[];
  readonly folded: readonly FoldedFindings[];
  /** Each incident that changed, once, as it stands after the batch. */
  readonly incidents: readonly Incident[];
  readonly changes: readonly IncidentChange[];
  readonly audit: readonly AuditEntry[];
  readonly receipts: readonly Receipt[];
  /** Each coverage gap that opened or grew, once, as it stands after the batch. */
  readonly gaps: readonly CoverageGap[];
}
