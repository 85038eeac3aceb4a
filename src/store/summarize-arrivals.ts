import type { Raised } from '../model/batch.ts';
import { containerPrefix } from '../lib/entity-keys.ts';
import type { Micros } from '../model/micros.ts';
import type { Origin } from '../model/origin.ts';
import type { SecurityEvent } from '../model/security-event.ts';
import {
  type ArrivalSummary,
  type ClusterTally,
  type IndexKeys,
  KEY_KINDS,
  type KeyKind,
  type RefusedRecord,
} from './batch-message.ts';
import { encodeOutcomes } from './outcome-runs.ts';

type Counts = Map<string, number>;

/** Index values of one cluster, while they are being counted. */
interface ClusterKeys {
  readonly pods: Counts;
  readonly containers: Counts;
  readonly nodes: Counts;
  readonly podUids: Counts;
}

type Tally = { -readonly [Key in keyof ClusterTally]: ClusterTally[Key] };

/** Belongs to no cluster: actions, rules, settings and ticks. */
const NO_CLUSTER = '';

/** Counts and index entries of a batch's records, in one walk. */
export function summarizeArrivals(batch: Raised): ArrivalSummary {
  const walk = new ArrivalWalk();
  let index = 0;
  for (const part of batch.parts) {
    walk.enter(part.origin);
    for (let record = 0; record < part.records.length; record += 1) {
      walk.take(batch, index);
      index += 1;
    }
  }
  if (batch.lateCount > 0) countLate(batch, walk);
  return {
    tallies: [...walk.tallies.values()],
    controls: walk.controls,
    outcomes: encodeOutcomes(batch.arrivals),
    firstEventTime: walk.firstEventTime,
    lastEventTime: walk.lastEventTime,
    keys: [...walk.keys].flatMap(([cluster, keys]) => listKeys(cluster, keys)),
    refused: walk.refused,
    duplicates: walk.duplicates,
  };
}

class ArrivalWalk {
  readonly tallies = new Map<string, Tally>();
  readonly keys = new Map<string, ClusterKeys>();
  readonly refused: RefusedRecord[] = [];
  readonly duplicates: string[] = [];
  controls = 0;
  firstEventTime: Micros | null = null;
  lastEventTime: Micros | null = null;
  private cluster = NO_CLUSTER;
  private tally: Tally | null = null;
  private keysCluster: string | null = null;
  private currentKeys: ClusterKeys = noKeys();

  enter(origin: Origin): void {
    this.cluster = clusterOf(origin);
    this.tally = null;
  }

  take(batch: Raised, index: number): void {
    const arrival = batch.arrivals[index];
    switch (arrival?.outcome) {
      case 'accepted':
        this.currentTally().accepted += 1;
        this.index(arrival.event);
        break;
      case 'duplicate':
        this.currentTally().duplicate += 1;
        this.duplicates.push(arrival.event.id);
        break;
      case 'rejected':
        this.currentTally().rejected += 1;
        this.refused.push({ index, cluster: this.cluster, ...arrival.rejection });
        break;
      case 'skipped':
        this.currentTally().skipped += 1;
        break;
      case 'control':
        this.controls += 1;
        break;
      case undefined:
        throw new Error(`Record ${index} of batch ${batch.sequence} has no outcome.`);
    }
  }

  tallyOf(cluster: string): Tally {
    const known = this.tallies.get(cluster);
    if (known !== undefined) return known;
    const fresh = { cluster, accepted: 0, duplicate: 0, rejected: 0, skipped: 0, late: 0 };
    this.tallies.set(cluster, fresh);
    return fresh;
  }

  private currentTally(): Tally {
    this.tally ??= this.tallyOf(this.cluster);
    return this.tally;
  }

  private index(event: SecurityEvent): void {
    const { time, pod, container, node } = event;
    if (this.firstEventTime === null || time < this.firstEventTime) this.firstEventTime = time;
    if (this.lastEventTime === null || time > this.lastEventTime) this.lastEventTime = time;
    const keys = this.keysOf(event.cluster);
    if (pod !== null) {
      increment(keys.pods, `${pod.namespace}/${pod.name}`);
      if (pod.uid !== null) increment(keys.podUids, pod.uid);
    }
    if (container !== null) increment(keys.containers, containerPrefix(container.id));
    if (node !== '') increment(keys.nodes, node);
  }

  private keysOf(cluster: string): ClusterKeys {
    if (cluster === this.keysCluster) return this.currentKeys;
    const keys = this.keys.get(cluster) ?? noKeys();
    this.keys.set(cluster, keys);
    this.keysCluster = cluster;
    this.currentKeys = keys;
    return keys;
  }
}

const noKeys = (): ClusterKeys => ({
  pods: new Map(),
  containers: new Map(),
  nodes: new Map(),
  podUids: new Map(),
});

function increment(counts: Counts, value: string): void {
  counts.set(value, (counts.get(value) ?? 0) + 1);
}

/** The cluster that a part's records count for; none for what is no sensor's. */
export const clusterOf = (origin: Origin): string =>
  origin.kind === 'events' || origin.kind === 'kubernetes' ? origin.cluster : NO_CLUSTER;

function countLate(batch: Raised, walk: ArrivalWalk): void {
  for (const step of batch.steps) {
    if (step.kind === 'event' && step.late) walk.tallyOf(step.event.cluster).late += 1;
  }
}

function listKeys(cluster: string, keys: ClusterKeys): IndexKeys[] {
  const list = (kind: KeyKind, counts: Counts): IndexKeys => ({
    kind,
    cluster,
    values: [...counts.keys()],
    counts: [...counts.values()],
  });
  return [
    list(KEY_KINDS.pod, keys.pods),
    list(KEY_KINDS.container, keys.containers),
    list(KEY_KINDS.node, keys.nodes),
    list(KEY_KINDS.podUid, keys.podUids),
  ].filter((entry) => entry.values.length > 0);
}
