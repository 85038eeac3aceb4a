import type { Micros } from '../model/micros.ts';
import type { SensorName } from '../model/origin.ts';
import type { JoinReason } from '../model/process-join.ts';
import type { RejectionCode, SkipReason } from '../model/rejection.ts';
import type { EventKind } from '../model/security-event.ts';
import type { Level } from '../model/level.ts';

/** What arrived since a start, in numbers. It holds names that sensors chose: escape them. */
export interface ArrivalsReport {
  /** When counting began; a restart begins anew. */
  readonly since: Micros;
  readonly now: Micros;
  readonly sensors: readonly SensorReport[];
  /** Sensors on nodes, those with the largest delay first; at most `NODES_SHOWN_MAX`. */
  readonly nodes: readonly NodeReport[];
  readonly nodesTotal: number;
  readonly rejected: readonly RejectedReport[];
  readonly skipped: readonly { readonly reason: SkipReason; readonly count: number }[];
  /** Requests to the intake that were turned away; null for who may see only some clusters. */
  readonly refusedRequests: readonly RefusedRequests[] | null;
  readonly rules: RulesReport;
}

export const NODES_SHOWN_MAX = 200;

export interface SensorReport {
  readonly sensor: SensorName;
  readonly accepted: number;
  readonly duplicate: number;
  /** Events that came behind the watermark. */
  readonly late: number;
  readonly nodes: number;
  /** As the sensor itself said, each with the number of nodes. */
  readonly versions: readonly { readonly version: string; readonly nodes: number }[];
  /** The oldest version that has the fields that were seen; null if nothing tells. */
  readonly versionAtLeast: string | null;
  readonly kinds: Readonly<Partial<Record<EventKind, number>>>;
  readonly newest: Micros | null;
  readonly lastReceivedAt: Micros | null;
  readonly judged: JudgedReport;
  readonly alertFields: AlertFieldsReport;
}

/** What was known of the events that were judged; those still held are not among them. */
export interface JudgedReport {
  readonly events: number;
  readonly onHost: number;
  readonly withPod: number;
  readonly ambiguousPod: number;
  readonly withProcess: number;
  /** Alerts by what came of looking for their process. */
  readonly joins: Readonly<Partial<Record<JoinReason, number>>>;
}

/**
 * Which of the fields that the join needs were carried by alerts about system calls, of which some
 * were looked at.
 */
export interface AlertFieldsReport {
  readonly sampled: number;
  readonly withContainer: number;
  readonly withPid: number;
}

export interface NodeReport {
  readonly cluster: string;
  readonly node: string;
  readonly sensor: SensorName;
  readonly accepted: number;
  readonly late: number;
  readonly version: string | null;
  /** Null if no event had a time of its own. */
  readonly newest: Micros | null;
  readonly lastReceivedAt: Micros;
  /**
   * Receipt minus event time in the last one to two minutes with events: the smallest is the clock's
   * and the carrier's steady share (negative: the node's clock is ahead), the largest is what a
   * lateness would have to cover. Microseconds.
   */
  readonly delayMin: Micros;
  readonly delayMax: Micros;
  readonly alertFields: AlertFieldsReport;
}

export interface RejectedReport {
  readonly code: RejectionCode;
  readonly count: number;
  /** What was said of the last one. */
  readonly detail: string;
  readonly lastAt: Micros;
}

export interface RefusedRequests {
  readonly status: number;
  readonly count: number;
  readonly lastAt: Micros;
}

export interface RulesReport {
  readonly total: number;
  /** Rules that can match nothing of what came so far. */
  readonly blind: readonly BlindRule[];
}

export interface BlindRule {
  readonly ruleId: string;
  readonly title: string;
  readonly level: Level;
  readonly path: string;
  readonly reason: 'no-events' | 'no-fields' | 'no-hook' | 'needs-rule';
  /** What it waits for: an event class, fields, hooked functions or titles of rules. */
  readonly missing: readonly string[];
  /** Tetragon policies that bring what it needs, as the rule names them. */
  readonly policies: readonly string[];
}
