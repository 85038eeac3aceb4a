import type { Enrichment } from '../model/batch.ts';
import { MICROS_PER_SECOND, type Micros } from '../model/micros.ts';
import type { SensorName } from '../model/origin.ts';
import type { JoinReason } from '../model/process-join.ts';
import type { EventKind, HookFacts, SecurityEvent, SensorPod } from '../model/security-event.ts';

const WINDOW: Micros = 60 * MICROS_PER_SECOND;

/** Counters of one lane. They are changed in place: this happens once per event. */
export interface SourceTally {
  readonly cluster: string;
  readonly sensor: SensorName;
  readonly node: string;
  accepted: number;
  duplicate: number;
  late: number;
  readonly kinds: Map<EventKind, number>;
  newest: Micros;
  lastReceivedAt: Micros;
  /** Delays of the window that is being filled, and of the one before. */
  window: number;
  delayMin: Micros;
  delayMax: Micros;
  delayMinBefore: Micros;
  delayMaxBefore: Micros;
  /** As the sensor says. */
  version: string | null;
  /** Index into `TETRAGON_VERSIONS`, -1 for nothing seen. */
  versionAtLeast: number;
  judged: number;
  onHost: number;
  withPod: number;
  ambiguousPod: number;
  withProcess: number;
  readonly joins: Map<JoinReason, number>;
  alertsSampled: number;
  alertsWithContainer: number;
  alertsWithPid: number;
}

export const newTally = (event: SecurityEvent): SourceTally => ({
  cluster: event.cluster,
  sensor: event.sensor,
  node: event.node,
  accepted: 0,
  duplicate: 0,
  late: 0,
  kinds: new Map(),
  newest: Number.MIN_SAFE_INTEGER,
  lastReceivedAt: 0,
  window: -1,
  delayMin: Infinity,
  delayMax: -Infinity,
  delayMinBefore: Infinity,
  delayMaxBefore: -Infinity,
  version: null,
  versionAtLeast: -1,
  judged: 0,
  onHost: 0,
  withPod: 0,
  ambiguousPod: 0,
  withProcess: 0,
  joins: new Map(),
  alertsSampled: 0,
  alertsWithContainer: 0,
  alertsWithPid: 0,
});

/** Counts an event as it came in. */
export function tallyArrival(tally: SourceTally, event: SecurityEvent): void {
  tally.accepted += 1;
  tally.kinds.set(event.kind, (tally.kinds.get(event.kind) ?? 0) + 1);
  tally.lastReceivedAt = event.receivedAt;
  if (event.health !== null && event.health.version !== null) tally.version = event.health.version;
  // Without a time of its own its time is that of receipt, and says nothing of clocks.
  if (event.flags.length > 0 && event.flags.includes('no-time')) return;
  if (event.time > tally.newest) tally.newest = event.time;
  noteDelay(tally, event.receivedAt, event.receivedAt - event.time);
}

function noteDelay(tally: SourceTally, receivedAt: Micros, delay: Micros): void {
  const window = Math.floor(receivedAt / WINDOW);
  if (window !== tally.window) {
    tally.window = window;
    tally.delayMinBefore = tally.delayMin;
    tally.delayMaxBefore = tally.delayMax;
    tally.delayMin = delay;
    tally.delayMax = delay;
    return;
  }
  if (delay < tally.delayMin) tally.delayMin = delay;
  if (delay > tally.delayMax) tally.delayMax = delay;
}

/** Counts what was known of an event when it was judged. */
export function tallyJudged(tally: SourceTally, { pod, lineage, join }: Enrichment): void {
  tally.judged += 1;
  if (pod.state === 'resolved') tally.withPod += 1;
  else if (pod.state === 'host') tally.onHost += 1;
  else if (pod.state === 'ambiguous') tally.ambiguousPod += 1;
  if (lineage !== null) tally.withProcess += 1;
  if (join !== null) tally.joins.set(join.reason, (tally.joins.get(join.reason) ?? 0) + 1);
}

/** Versions of Tetragon that brought something that stands in an event as it is read here. */
export const TETRAGON_VERSIONS = ['0.11', '1.0', '1.1', '1.2', '1.6'] as const;

/** What tells about an event's sensor and takes longer than counting: for some events only. */
export function tallySample(tally: SourceTally, event: SecurityEvent): void {
  if (event.sensor === 'tetragon') {
    tally.versionAtLeast = Math.max(tally.versionAtLeast, tetragonVersion(event));
  } else if (event.alert?.source === 'syscall') {
    const { fields } = event.alert;
    tally.alertsSampled += 1;
    if (fields.has('container.id') || fields.has('k8s.pod.name')) tally.alertsWithContainer += 1;
    if (fields.has('proc.pid')) tally.alertsWithPid += 1;
  }
}

function tetragonVersion({ kind, pod, hook }: SecurityEvent): number {
  if (kind === 'usdt') return 4;
  const ofHook = hook === null ? -1 : hookVersion(kind, hook);
  const ofPod = pod === null ? -1 : podVersion(pod);
  return Math.max(ofHook, ofPod);
}

function hookVersion(kind: EventKind, { message, policyName }: HookFacts): number {
  if (kind === 'lsm') return 3;
  if (message !== null) return 2;
  return policyName === null ? -1 : 1;
}

function podVersion({ uid, workload, workloadKind }: SensorPod): number {
  if (uid !== null) return 4;
  if (workloadKind !== null) return 1;
  return workload === null ? -1 : 0;
}
