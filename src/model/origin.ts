/** How sensor events reach us. Kafka joins later; its lanes are already thought of in `order`. */
export type Carrier = 'http' | 'file' | 'kafka';
export type SensorName = 'falco' | 'tetragon';

/** Where the records of one part came from. It is kept in the journal row, so a replay decodes alike. */
export type Origin =
  EventsOrigin | KubernetesOrigin | ActionsOrigin | RulesOrigin | SettingsOrigin | ClockOrigin;

/** Records that are raw sensor events (or the noise between them). */
export interface EventsOrigin {
  readonly kind: 'events';
  readonly carrier: Carrier;
  /** File name or `topic/partition`; empty for HTTP. Part of the lane. */
  readonly partition: string;
  /** `any` means that each record says by its shape which sensor wrote it. */
  readonly sensor: SensorName | 'any';
  /** Cluster that the token, topic or command line names; `default` if none does. */
  readonly cluster: string;
  /** How long an event of this source may stay behind the newest one and still be in order. */
  readonly latenessMs: number;
}

/** Records that are trimmed Kubernetes objects of a dump: one pod each, in effect at once. */
export interface KubernetesOrigin {
  readonly kind: 'kubernetes';
  readonly source: 'dump';
  readonly cluster: string;
}

/** Records that are analysts' actions as JSON. */
export interface ActionsOrigin {
  readonly kind: 'actions';
}

/** One record: a rule set with its full text, or the order to disable one rule. */
export interface RulesOrigin {
  readonly kind: 'rules';
}

/** One record: the settings that can change an answer. */
export interface SettingsOrigin {
  readonly kind: 'settings';
}

/** One record: a tick or the end of a stream. */
export interface ClockOrigin {
  readonly kind: 'clock';
}
