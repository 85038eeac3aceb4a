import { containerPrefix } from '../lib/entity-keys.ts';
import type { Micros } from '../model/micros.ts';
import { MICROS_PER_SECOND } from '../model/micros.ts';
import type { KubernetesChange } from '../model/observation.ts';
import type { PodContext } from '../model/pod-context.ts';
import type { ContainerMemo } from './container-memo.ts';
import type { KnownContainer, KnownPod } from './known-pod.ts';
import { existedAt, joinVersions, toKnownPod } from './known-pod.ts';

/** A container and the pod it belongs to. */
export interface ContainerHome {
  readonly pod: KnownPod;
  readonly container: KnownContainer;
  /** What the last event that was surely in this container was told; most are told the same. */
  context: PodContext | null;
}

/** Pods that are gone are kept so long in event time, for late events. */
const GONE_KEPT_MICROS = 3600 * MICROS_PER_SECOND;

const NO_HOMES: readonly ContainerHome[] = [];

/** All pods the Kubernetes API told of, found by container, by UID and by name. */
export class Catalogue {
  /** In the order of their newest versions. */
  private readonly pods = new Set<KnownPod>();
  /** By cluster, then by UID. */
  private readonly byUid = new Map<string, Map<string, KnownPod>>();
  private readonly byContainer = new Map<string, readonly ContainerHome[]>();
  private readonly byName = new Map<string, readonly KnownPod[]>();
  /** Counts changes, so that what was looked up before one is not believed after it. */
  private version = 0;

  get isEmpty(): boolean {
    return this.pods.size === 0;
  }

  take(change: KubernetesChange): void {
    const version = toKnownPod(change.cluster, change.pod, change.at);
    const known = this.podOf(version.cluster, version.pod.uid);
    if (known === undefined) {
      this.add(version);
      return;
    }
    this.remove(known);
    this.add(joinVersions(known, version));
  }

  /** Containers whose id and the given one agree as far as both go, at least 12 digits. */
  homesOf(memo: ContainerMemo): readonly ContainerHome[] {
    if (memo.homesVersion === this.version) return memo.homes;
    const homes = this.byContainer.get(memo.key) ?? NO_HOMES;
    memo.homes = homes.filter(({ container }) => haveSamePrefix(container.id, memo.id));
    memo.homesVersion = this.version;
    return memo.homes;
  }

  podOf(cluster: string, uid: string): KnownPod | undefined {
    return this.byUid.get(cluster)?.get(uid);
  }

  /** Pods that had this name at that time; more than one if nobody said when the older one went. */
  podsNamed(cluster: string, namespacedName: string, time: Micros): readonly KnownPod[] {
    const pods = this.byName.get(`${cluster}\0${namespacedName}`) ?? [];
    return pods.filter((pod) => existedAt(pod, time));
  }

  /** Forgets the pods that were gone an hour before the given event time. */
  forgetGone(eventTime: Micros): void {
    const oldest = eventTime - GONE_KEPT_MICROS;
    for (const pod of this.pods) {
      const goneAt = Math.min(pod.pod.deletedAt ?? Infinity, this.replacedAt(pod));
      if (goneAt < oldest) this.remove(pod);
    }
  }

  snapshot(): readonly KnownPod[] {
    return [...this.pods];
  }

  restore(pods: readonly KnownPod[]): void {
    this.pods.clear();
    this.byUid.clear();
    this.byContainer.clear();
    this.byName.clear();
    this.version += 1;
    for (const pod of pods) this.add(pod);
  }

  /** When a pod of the same name was created after it; Infinity if none was. */
  private replacedAt({ cluster, pod }: KnownPod): Micros {
    let first = Infinity;
    for (const other of this.byName.get(nameKey(cluster, pod)) ?? []) {
      const createdAt = other.pod.createdAt ?? -Infinity;
      if (createdAt > (pod.createdAt ?? Infinity)) first = Math.min(first, createdAt);
    }
    return first;
  }

  private add(pod: KnownPod): void {
    this.version += 1;
    this.pods.add(pod);
    const ofCluster = this.byUid.get(pod.cluster) ?? new Map<string, KnownPod>();
    ofCluster.set(pod.pod.uid, pod);
    this.byUid.set(pod.cluster, ofCluster);
    append(this.byName, nameKey(pod.cluster, pod.pod), pod);
    for (const container of pod.containers) {
      append(this.byContainer, containerKeyOf(pod, container), { pod, container, context: null });
    }
  }

  private remove(pod: KnownPod): void {
    this.version += 1;
    this.pods.delete(pod);
    this.byUid.get(pod.cluster)?.delete(pod.pod.uid);
    keepOnly(this.byName, nameKey(pod.cluster, pod.pod), (other) => other !== pod);
    for (const container of pod.containers) {
      keepOnly(this.byContainer, containerKeyOf(pod, container), (home) => home.pod !== pod);
    }
  }
}

const nameKey = (cluster: string, pod: { namespace: string; name: string }): string =>
  `${cluster}\0${pod.namespace}/${pod.name}`;
const containerKeyOf = ({ cluster }: KnownPod, { id }: KnownContainer): string =>
  `${cluster}\0${containerPrefix(id)}`;

/** Sensors cut container ids at 12, 24 or 31 digits. */
export function haveSamePrefix(left: string, right: string): boolean {
  return left.length < right.length ? right.startsWith(left) : left.startsWith(right);
}

function append<Item>(index: Map<string, readonly Item[]>, key: string, item: Item): void {
  const items = index.get(key);
  index.set(key, items === undefined ? [item] : [...items, item]);
}

function keepOnly<Item>(
  index: Map<string, readonly Item[]>,
  key: string,
  isKept: (item: Item) => boolean,
): void {
  const items = (index.get(key) ?? []).filter(isKept);
  if (items.length === 0) index.delete(key);
  else index.set(key, items);
}
