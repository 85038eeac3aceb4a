import type { Entity, Finding, Where } from './finding.ts';
import type { Level } from './level.ts';
import type { Micros } from './micros.ts';
import type { JournalRef } from './part.ts';

export const INCIDENT_STATES = [
  'new',
  'acknowledged',
  'investigating',
  'on_hold',
  'resolved',
  'closed',
  'merged',
] as const;
export type IncidentState = (typeof INCIDENT_STATES)[number];

export const OPEN_STATES: readonly IncidentState[] = [
  'new',
  'acknowledged',
  'investigating',
  'on_hold',
];

export const VERDICTS = [
  'true_positive',
  'benign_true_positive',
  'false_positive',
  'suspicious',
  'test',
  'duplicate',
  'insufficient_data',
] as const;
export type Verdict = (typeof VERDICTS)[number];

/** One explained point of the score: code, the field it was read from, and a sentence. */
export interface ScoreReason {
  readonly code: 'level' | 'tactics' | 'correlation';
  readonly field: string;
  readonly points: number;
  readonly sentence: string;
}

/** Why two incidents know of each other. */
export interface IncidentLink {
  readonly incidentId: string;
  readonly reason:
    | 'previous' // The same entity's incident before this one.
    | 'correlated' // A correlation found evidence in both.
    | 'merged-into' // This one lives on there.
    | 'merged-from'; // That one was taken in.
}

export interface RuleCount {
  readonly ruleId: string;
  readonly title: string;
  readonly level: Level;
  readonly count: number;
  readonly firstTime: Micros;
  readonly lastTime: Micros;
}

/**
 * One incident as the core knows it. The store adds `number`, `revision` and wall times, which are
 * no part of its identity.
 */
export interface Incident {
  /** Hash of the entity and the first finding. */
  readonly id: string;
  readonly entity: Entity;
  readonly where: Where;
  readonly title: string;
  readonly severity: Level;
  /** 0 to 100. */
  readonly risk: number;
  readonly state: IncidentState;
  readonly verdict: Verdict | null;
  /** Counts what an analyst must see before writing: edits, automatic reopens, merges. From 1. */
  readonly version: number;
  readonly firstTime: Micros;
  readonly lastTime: Micros;
  /** Distinct events of its findings, folded ones included. */
  readonly eventCount: number;
  readonly findingCount: number;
  readonly tactics: readonly string[];
  readonly techniques: readonly string[];
  readonly rules: readonly RuleCount[];
  readonly reasons: readonly ScoreReason[];
  readonly links: readonly IncidentLink[];
  readonly sensors: readonly ('falco' | 'tetragon')[];
}

/** Why an incident changed. */
export type ChangeReason =
  | 'opened'
  | 'finding-added'
  | 'severity-raised'
  | 'new-tactic'
  | 'seen-before-close'
  | 'reopened-by-finding'
  | 'merged'
  | 'linked'
  | 'acknowledged'
  | 'started'
  | 'held'
  | 'resolved'
  | 'closed'
  | 'reopened'
  | 'noted'
  | 'engine-changed';

export interface IncidentChange {
  readonly incidentId: string;
  readonly reason: ChangeReason;
  /** Event time of the finding, or the time of the action. */
  readonly at: Micros;
  /** The finding, the action or the other incident that caused it. */
  readonly cause: string;
  readonly sentence: string;
}

/** A finding and the incident it belongs to. */
export interface PlacedFinding {
  readonly finding: Finding;
  readonly incidentId: string;
}

/** Findings beyond the evidence limit: counted, their events readable in the journal. */
export interface FoldedFindings {
  readonly incidentId: string;
  readonly ruleId: string;
  readonly count: number;
  readonly firstTime: Micros;
  readonly lastTime: Micros;
  readonly journal: readonly JournalRef[];
  /** Why these are not kept one by one. */
  readonly reason: 'evidence-limit';
}

/** An append-only note of what an analyst or the system did, chained by hash in the store. */
export interface AuditEntry {
  readonly at: Micros;
  readonly actor: string;
  readonly via: 'api' | 'cli' | 'system';
  readonly actionId: string;
  readonly incidentId: string;
  readonly action: string;
  readonly before: string;
  readonly after: string;
  readonly text: string | null;
}

/** The core's answer to an action. */
export interface Receipt {
  readonly actionId: string;
  readonly status: 'done' | 'not-found' | 'conflict' | 'stale' | 'verdict-missing';
  readonly incidentId: string;
  readonly version: number | null;
  readonly state: IncidentState | null;
  /** Events of this entity that were still held when the action was judged. */
  readonly heldEvents: number;
  readonly detail: string;
}
