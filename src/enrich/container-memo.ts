import { containerPrefix } from '../lib/entity-keys.ts';
import type { ContainerRef, SensorPod } from '../model/security-event.ts';
import type { ContainerHome } from './catalogue.ts';
import type { LearnedContainer } from './learned-container.ts';

/**
 * What was worked out for earlier events of one container, so that it is not worked out for each.
 * Nothing in it is state: forgotten, it is made again and gives the same answers.
 */
export interface ContainerMemo {
  /** The id as the sensor gave it. */
  readonly id: string;
  /** Its first 12 digits, common to all sensors. */
  readonly prefix: string;
  /** Cluster and prefix. */
  readonly key: string;
  /** Where the catalogue's version `homesVersion` has it. */
  homes: readonly ContainerHome[];
  homesVersion: number;
  /** The pod that was named last, and the key of that name. */
  namespace: string;
  podName: string;
  nameKey: string;
  /** What was known of the container when an event last told nothing new of it. */
  learned: LearnedContainer | null;
  /** The container and the pod by that event's word: its sensor shares them between events. */
  said: ContainerRef | null;
  saidPod: SensorPod | null;
}

/** Containers beyond these are met so rarely that beginning anew costs nothing. */
const MEMOS_MAX = 16_384;
const NO_HOMES: readonly ContainerHome[] = [];

/** Finds memos by cluster and id without building a key for each event. */
export class ContainerMemos {
  private byCluster = new Map<string, Map<string, ContainerMemo>>();
  private size = 0;
  /** Nearly all events of a stream are of one cluster. */
  private recentCluster: string | null = null;
  private recent = new Map<string, ContainerMemo>();

  of(cluster: string, id: string): ContainerMemo {
    if (cluster !== this.recentCluster) this.turnTo(cluster);
    return this.recent.get(id) ?? this.add(cluster, id);
  }

  private turnTo(cluster: string): void {
    let memos = this.byCluster.get(cluster);
    if (memos === undefined) {
      memos = new Map();
      this.byCluster.set(cluster, memos);
    }
    this.recentCluster = cluster;
    this.recent = memos;
  }

  private add(cluster: string, id: string): ContainerMemo {
    if (this.size >= MEMOS_MAX) {
      this.byCluster = new Map();
      this.size = 0;
      this.turnTo(cluster);
    }
    const prefix = containerPrefix(id);
    const memo: ContainerMemo = {
      id,
      prefix,
      key: `${cluster}\0${prefix}`,
      homes: NO_HOMES,
      homesVersion: -1,
      namespace: '',
      podName: '',
      nameKey: '',
      learned: null,
      said: null,
      saidPod: null,
    };
    this.recent.set(id, memo);
    this.size += 1;
    return memo;
  }
}

/** The key of a pod's name; of the pod that was named last for this container it is at hand. */
export function nameKeyOf(memo: ContainerMemo | null, cluster: string, pod: SensorPod): string {
  if (memo !== null && memo.podName === pod.name && memo.namespace === pod.namespace) {
    return memo.nameKey;
  }
  const key = `${cluster}\0${pod.namespace}/${pod.name}`;
  if (memo !== null) {
    memo.namespace = pod.namespace;
    memo.podName = pod.name;
    memo.nameKey = key;
  }
  return key;
}
