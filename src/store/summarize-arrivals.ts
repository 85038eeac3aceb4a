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

/** Index values of one cluster, while they are being gathered. */
interface ClusterKeys {
  readonly pods: Set<string>;
  readonly containers: Set<string>;
  readonly nodes: Set<string>;
  readonly podUids: Set<string>;
  /** Objects whose values are gathered already; events of one process may share theirs. */
  readonly seen: Set<object>;
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
  private lastNode = '';
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
    if (pod !== null && !keys.seen.has(pod)) {
      keys.seen.add(pod);
      keys.pods.add(`${pod.namespace}/${pod.name}`);
      if (pod.uid !== null) keys.podUids.add(pod.uid);
    }
    if (container !== null && !keys.seen.has(container)) {
      keys.seen.add(container);
      keys.containers.add(containerPrefix(container.id));
    }
    if (node !== this.lastNode) {
      this.lastNode = node;
      keys.nodes.add(node);
    }
  }

  private keysOf(cluster: string): ClusterKeys {
    if (cluster === this.keysCluster) return this.currentKeys;
    const keys = this.keys.get(cluster) ?? noKeys();
    this.keys.set(cluster, keys);
    this.keysCluster = cluster;
    this.currentKeys = keys;
    this.lastNode = '';
    return keys;
  }
}

const noKeys = (): ClusterKeys => ({
  pods: new Set(),
  containers: new Set(),
  nodes: new Set(),
  podUids: new Set(),
  seen: new Set(),
});

/** The cluster that a part's records count for; none for what is no sensor's. */
export const clusterOf = (origin: Origin): string =>
  origin.kind === 'events' || origin.kind === 'kubernetes' ? origin.cluster : NO_CLUSTER;

function countLate(batch: Raised, walk: ArrivalWalk): void {
  for (const step of batch.steps) {
    if (step.kind === 'event' && step.late) walk.tallyOf(step.event.cluster).late += 1;
  }
}

function listKeys(cluster: string, keys: ClusterKeys): IndexKeys[] {
  const list = (kind: KeyKind, values: Set<string>): IndexKeys => ({
    kind,
    cluster,
    values: [...values],
  });
  return [
    list(KEY_KINDS.pod, keys.pods),
    list(KEY_KINDS.container, keys.containers),
    list(KEY_KINDS.node, keys.nodes),
    list(KEY_KINDS.podUid, keys.podUids),
  ].filter((entry) => entry.values.length > 0);
}
