import type { Level } from './level.ts';
import type { Micros } from './micros.ts';
import type { Verdict } from './incident.ts';

/** What goes through the core beside sensor events: everything else that can change an answer. */
export type Control =
  | AnalystAction
  | KubernetesChange
  | RuleSetChange
  | RuleDisabled
  | SettingsChange
  | Tick
  | EndOfStream
  | ClockReset;

export type ActionName = 'acknowledge' | 'start' | 'hold' | 'resolve' | 'close' | 'reopen' | 'note';

/** What an analyst did. The API never writes an incident; it submits this and waits for the receipt. */
export interface AnalystAction {
  readonly kind: 'action';
  /** Unique id of the submission; its receipt is found by it. */
  readonly id: string;
  readonly action: ActionName;
  readonly incidentId: string;
  readonly actor: string;
  /** Door it came through. */
  readonly via: 'api' | 'cli';
  readonly verdict: Verdict | null;
  /** Free text of a note or the reason of a transition. */
  readonly text: string | null;
  /** Version the analyst saw; null where none is needed. */
  readonly ifVersion: number | null;
  readonly at: Micros;
}

/** A pod as one dump shows it, trimmed before the door. */
export interface KubernetesChange {
  readonly kind: 'pod';
  readonly cluster: string;
  readonly pod: TrimmedPod;
  readonly at: Micros;
}

export interface TrimmedPod {
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  readonly node: string | null;
  readonly createdAt: Micros | null;
  readonly deletedAt: Micros | null;
  readonly labels: Readonly<Record<string, string>>;
  readonly ownerKind: string | null;
  readonly ownerName: string | null;
  readonly serviceAccount: string | null;
  readonly ips: readonly string[];
  readonly containers: readonly TrimmedContainer[];
}

export interface TrimmedContainer {
  readonly name: string;
  readonly kind: 'main' | 'init' | 'sidecar' | 'ephemeral';
  /** Hexadecimal id without scheme; null while the container has not started. */
  readonly id: string | null;
  readonly image: string | null;
  readonly startedAt: Micros | null;
  readonly finishedAt: Micros | null;
  /** Id of the container's previous run, from `lastState.terminated`. */
  readonly previousId: string | null;
}

/** A rule set with its whole text, so that the journal alone can be judged again. */
export interface RuleSetChange {
  readonly kind: 'rules';
  readonly hash: string;
  readonly files: readonly RuleFile[];
}

export interface RuleFile {
  /** Relative to the rules folder, with forward slashes. */
  readonly path: string;
  readonly text: string;
}

/** Takes one rule out because it made the core throw on a record that can not be named. */
export interface RuleDisabled {
  readonly kind: 'rule-disabled';
  readonly ruleId: string;
  readonly reason: string;
}

/** The settings that can change an answer. Times are milliseconds of event time. */
export interface CoreSettings {
  readonly quietPeriodMs: number;
  readonly incidentSpanMaxMs: number;
  readonly reopenWindowMs: number;
  readonly revisionHorizonMs: number;
  readonly evidencePerRuleMax: number;
  /** Findings below this level are kept as evidence for correlations but open no incident. */
  readonly incidentLevelMin: Level;
}

export interface SettingsChange {
  readonly kind: 'settings';
  readonly hash: string;
  readonly settings: CoreSettings;
}

/** The clock, once a second: it alone decides which lanes count and what has expired. */
export interface Tick {
  readonly kind: 'tick';
  readonly receivedAt: Micros;
  /** When this run started, for the grace of the first seconds. */
  readonly runStartedAt: Micros;
}

/** A replay is over: everything held is released, lanes and the watermark are forgotten. */
export interface EndOfStream {
  readonly kind: 'end';
}

/** An administrator says that a wall clock that jumped back is right. */
export interface ClockReset {
  readonly kind: 'clock-reset';
  readonly receivedAt: Micros;
}
