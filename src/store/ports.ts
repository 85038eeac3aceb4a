import type { Raised } from '../model/batch.ts';
import type { CoverageGap } from '../model/coverage-gap.ts';
import type { Finding } from '../model/finding.ts';
import type { Incident, IncidentChange } from '../model/incident.ts';
import type { Level } from '../model/level.ts';
import type { Micros } from '../model/micros.ts';
import type { JournalRef, Part, SourcePosition } from '../model/part.ts';
import type { Scope } from '../model/scope.ts';

export type { Scope } from '../model/scope.ts';

/** What is said of a journal row beside its records. */
export interface RowContext {
  /** Names the run: one per replay; all `serve` runs share one. */
  readonly run: string;
  /** Version of the engine that judged it. */
  readonly engine: string;
  readonly ruleSetHash: string;
  readonly settingsHash: string;
  /** Wall time for the columns that analysts see; no part of any identity. */
  readonly wallTime: Micros;
  /** Indexes of records that are refused because the core once threw on them. */
  readonly faultIndexes: readonly number[];
  /** False while a finished journal row is only being judged again: the row exists already. */
  readonly newRow: boolean;
}

export interface Committed {
  readonly sequence: number;
  readonly storedBytes: number;
  readonly commitMs: number;
}

/** Why a commit did not happen. After `disk-full` the same commit may be tried again. */
export type CommitFailure = 'disk-full' | 'busy' | 'corrupt' | 'foreign-writer' | 'unknown';

export interface SnapshotBlock {
  /** Stable while its content is: a block already stored under this name is not written again. */
  readonly name: string;
  readonly bytes: Uint8Array;
  /** A sealed block never changes; others are written with every snapshot. */
  readonly sealed: boolean;
}

export interface Snapshot {
  /** The state is the one after this journal row. */
  readonly sequence: number;
  /** Oldest journal row with a record that is still held. */
  readonly heldFromSequence: number;
  readonly engine: string;
  readonly ruleSetHash: string;
  readonly settingsHash: string;
  readonly receivedAt: Micros;
  /** Serialized state of the rooms, and blocks apart for what only grows. */
  readonly state: Uint8Array;
  readonly blocks: readonly SnapshotBlock[];
}

export type SnapshotChoice = 'newest' | 'oldest';

/** A journal row as it is read back. */
export interface JournalRow {
  readonly sequence: number;
  readonly run: string;
  readonly parts: readonly Part[];
  readonly faultIndexes: readonly number[];
  /** Null when the row was written by a dying process that had no result for it. */
  readonly outputHash: string | null;
}

export interface CoreFault {
  readonly at: Micros;
  readonly room: string;
  readonly ruleId: string | null;
  /** SHA-256 of the record's bytes; null if no record can be named. */
  readonly recordHash: string | null;
  /** Journal row of the batch that failed. */
  readonly sequence: number;
  /** The record at fault. That of an event that was held lies in an earlier row. */
  readonly record: JournalRef | null;
  readonly message: string;
  readonly stack: string;
}

/** What is written, in one transaction, when the core failed. */
export interface FaultReport {
  readonly fault: CoreFault;
  /** The raw batch it failed in: it becomes, or replaces, the row `fault.sequence`. */
  readonly parts: readonly Part[];
  /** Its `faultIndexes` are the copies of the record at fault in this batch. */
  readonly context: RowContext;
  /** The copies in other rows. They are refused there from now on, as in this one. */
  readonly elsewhere: readonly JournalRef[];
}

/**
 * The only door to writing. Everything runs in a thread of its own; each call is one transaction
 * and calls are done in the order they were made.
 */
export interface StoreWriter {
  /** Settles after COMMIT (with fsync if durability is `full`); rejects with a StoreError. */
  commit(batch: Raised, context: RowContext): Promise<Committed>;
  /** The memory of `state` is handed over; that of the blocks stays the caller's. */
  saveSnapshot(snapshot: Snapshot): Promise<void>;
  /**
   * The newest (default) or oldest snapshot that can be read and has its rows; null if none. With
   * `beyond` the next one behind the snapshot of that sequence, looked at from the same end.
   */
  loadSnapshot(which?: SnapshotChoice, beyond?: number): Promise<Snapshot | null>;
  /** Writes the whole database, as it is now, into a file that is not there yet. */
  copyTo(file: string): Promise<void>;
  /** Journal rows from a sequence on, in order, each unpacked. */
  readJournal(fromSequence: number): AsyncIterable<JournalRow>;
  lastSequence(): Promise<number>;
  /** How far each source was read, as of the newest journal row. */
  readPositions(): Promise<readonly SourcePosition[]>;
  /** Keeps a fault of the core with all that has to be known of it at the next start. */
  recordFault(report: FaultReport): Promise<void>;
  readFaults(): Promise<readonly CoreFault[]>;
  /** SHA-256 of what a commit of this batch would store as its result. */
  outputHash(batch: Raised): string;
  /** Deletes journal rows beyond age and size, in small steps; returns the rows deleted. */
  retain(now: Micros): Promise<number>;
  close(): Promise<void>;
}

export interface IncidentFilter {
  readonly states: readonly string[] | null;
  readonly severityMin: Level | null;
  readonly severities: readonly Level[] | null;
  readonly namespace: string | null;
  /** Incidents whose span touches [from, to]. */
  readonly from: Micros | null;
  readonly to: Micros | null;
  readonly orderBy: '-risk' | '-last_time' | 'first_time';
}

export interface Page<Item> {
  readonly items: readonly Item[];
  /** Opaque; null at the end. */
  readonly nextPageToken: string | null;
}

/** An incident with what only the store knows. */
export interface StoredIncident extends Incident {
  readonly number: number;
  readonly revision: number;
  readonly createdAt: Micros;
  readonly updatedAt: Micros;
}

export interface StoredEvent {
  readonly eventId: string | null;
  readonly time: Micros;
  readonly sensor: string;
  readonly kind: string;
  readonly node: string;
  readonly namespace: string | null;
  readonly pod: string | null;
  readonly container: string | null;
  readonly occurrences: number;
  readonly journal: { readonly sequence: number; readonly index: number };
  /** `evidence` has a row of its own; `journal` was found by unpacking journal rows. */
  readonly source: 'evidence' | 'journal';
  /** The sensor's own bytes as text, verbatim. */
  readonly raw: string;
}

export interface TimelineEntry {
  readonly at: Micros;
  readonly kind: 'finding' | 'change' | 'note' | 'folded';
  readonly sentence: string;
  readonly level: Level | null;
  readonly ruleId: string | null;
  readonly findingId: string | null;
  readonly count: number;
}

export interface AuditRow {
  readonly sequence: number;
  readonly at: Micros;
  readonly actor: string;
  readonly via: string;
  readonly incidentId: string;
  /** An `ActionName`, or what the system did. */
  readonly action: string;
  readonly actionId: string;
  readonly before: string;
  readonly after: string;
  readonly text: string | null;
  readonly hash: string;
}

export interface EventFilter {
  /** `namespace/name` or a pod UID. */
  readonly pod: string | null;
  readonly node: string | null;
  readonly container: string | null;
  readonly from: Micros | null;
  readonly to: Micros | null;
  /** Text of at least three characters that occurs in the event; finds only evidence. */
  readonly text?: string | null;
}

export interface CoverageFilter {
  readonly cluster: string | null;
  /** Empty for gaps of sensors that named no node. */
  readonly node: string | null;
  /** Gaps that touch [from, to]. */
  readonly from: Micros | null;
  readonly to: Micros | null;
}

export interface Ledger {
  readonly received: number;
  readonly accepted: number;
  readonly duplicate: number;
  readonly rejected: number;
  readonly skipped: number;
  readonly late: number;
}

export interface StoreStatus {
  readonly events: Ledger;
  readonly journalRows: number;
  readonly journalBytes: number;
  readonly databaseBytes: number;
  /** Incidents by state. */
  readonly incidents: Readonly<Record<string, number>>;
  /** Open incidents by severity; a severity without any is missing. */
  readonly openBySeverity: Readonly<Partial<Record<Level, number>>>;
  readonly lastSnapshot: { readonly sequence: number; readonly at: Micros } | null;
  /** All that ever were; within some clusters only those that are still kept. */
  readonly deadLetters: number;
  readonly coreFaults: number;
  readonly outputsDiffered: number;
}

export interface DeadLetter {
  readonly id: string;
  readonly at: Micros;
  readonly code: string;
  readonly detail: string;
  readonly journal: { readonly sequence: number; readonly index: number };
  readonly raw: string;
}

/** All reads, in a thread of its own; every call names the scope of who asks. */
export interface StoreReader {
  listIncidents(
    scope: Scope,
    filter: IncidentFilter,
    page: { readonly size: number; readonly token: string | null },
  ): Promise<Page<StoredIncident>>;
  /** By id, by number (`12`) or by `INC-12`. */
  getIncident(scope: Scope, reference: string): Promise<StoredIncident | null>;
  listFindings(scope: Scope, incidentId: string): Promise<readonly Finding[]>;
  listChanges(scope: Scope, incidentId: string): Promise<readonly IncidentChange[]>;
  timeline(scope: Scope, incidentId: string): Promise<readonly TimelineEntry[]>;
  /** Evidence of an incident, then its folded events read from the journal. */
  incidentEvents(
    scope: Scope,
    incidentId: string,
    page: { readonly size: number; readonly token: string | null },
  ): Promise<Page<StoredEvent>>;
  listEvents(
    scope: Scope,
    filter: EventFilter,
    page: { readonly size: number; readonly token: string | null },
  ): Promise<Page<StoredEvent>>;
  listAudit(scope: Scope, incidentId: string): Promise<readonly AuditRow[]>;
  listDeadLetters(
    scope: Scope,
    page: { readonly size: number; readonly token: string | null },
  ): Promise<Page<DeadLetter>>;
  /** Times in which sensors were blind, newest first by their end. */
  listCoverage(
    scope: Scope,
    filter: CoverageFilter,
    page: { readonly size: number; readonly token: string | null },
  ): Promise<Page<CoverageGap>>;
  /** Those of the nodes on which an incident happened, from 5 min before it to 5 min behind it. */
  incidentCoverage(scope: Scope, incidentId: string): Promise<readonly CoverageGap[]>;
  /** How many of them end at or after a time. */
  countCoverage(scope: Scope, since: Micros): Promise<number>;
  status(scope: Scope): Promise<StoreStatus>;
  close(): Promise<void>;
}
