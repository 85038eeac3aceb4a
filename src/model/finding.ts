import type { Level } from './level.ts';
import type { ProcessNode } from './lineage.ts';
import type { Micros } from './micros.ts';
import type { JoinReason } from './process-join.ts';
import type { JournalRef } from './part.ts';

/** What an incident is about. Exactly one per finding. */
export interface Entity {
  readonly kind:
    | 'pod'
    | 'container'
    | 'node'
    | 'namespace-user' // Who did something in a namespace by the Kubernetes API.
    | 'account' // Who did something in an account of a cloud or another service.
    | 'log' // A log whose entry says neither who nor where.
    | 'correlation';
  /** Unique key with the cluster in front; never shown. */
  readonly key: string;
  /**
   * What an analyst reads: `namespace/pod`, a container id, a node, `namespace shop (alice)`,
   * `account 123 (alice)`, or the rule and its group.
   */
  readonly label: string;
}

/** Where a finding happened, as far as known. */
export interface Where {
  readonly cluster: string;
  readonly node: string | null;
  readonly namespace: string | null;
  readonly pod: string | null;
  readonly podUid: string | null;
  readonly workload: string | null;
  readonly container: string | null;
  readonly containerId: string | null;
}

/** One event that a finding stands on. */
export interface EventLink {
  readonly eventId: string;
  readonly time: Micros;
  readonly journal: JournalRef;
}

export type FindingKind = 'detection' | 'alert' | 'correlation';

/** One match of one rule. A Falco alert is a finding of the rule `falco/<its name>`. */
export interface Finding {
  /** Hash of what was found, the same on every replay. */
  readonly id: string;
  readonly kind: FindingKind;
  readonly ruleId: string;
  readonly title: string;
  readonly level: Level;
  /** Event time of the event that completed it. */
  readonly time: Micros;
  /** Order time and its nanoseconds: the place in the total order. */
  readonly orderTime: Micros;
  readonly orderNanos: number;
  readonly late: boolean;
  readonly entity: Entity;
  readonly where: Where;
  /** ATT&CK tactics as short names such as `privilege-escalation`, sorted. */
  readonly tactics: readonly string[];
  /** ATT&CK techniques such as `T1611`, sorted. */
  readonly techniques: readonly string[];
  /** Completing event last. Correlations list the events of every step, at most 20. */
  readonly events: readonly EventLink[];
  /** For correlations: the findings it stands on, at most 20. Empty otherwise. */
  readonly evidence: readonly FindingLink[];
  readonly process: ProcessNode | null;
  readonly ancestors: readonly ProcessNode[];
  /** For Falco alerts: how the process was found, or why not. Findings of older versions have none. */
  readonly join?: JoinReason | null;
  readonly file: string | null;
  /** One sentence in plain words: who did what. */
  readonly sentence: string;
  /** For correlations: does its rule ask to merge the incidents its evidence lies in? */
  readonly merge: boolean;
  /** For correlations: rule and group key, readable. Null otherwise. */
  readonly groupKey: string | null;
  /** Questions for the analyst, from the rule. */
  readonly runbook: readonly string[];
}

export interface FindingLink {
  readonly findingId: string;
  readonly ruleId: string;
  readonly entityKey: string;
  readonly time: Micros;
}
