import type { Micros } from '../model/micros.ts';
import { MICROS_PER_SECOND } from '../model/micros.ts';
import type { TrimmedContainer, TrimmedPod } from '../model/observation.ts';

/** One run of a container of a pod, as the API told of it. */
export interface KnownContainer {
  /** Full hexadecimal id. */
  readonly id: string;
  readonly name: string;
  readonly kind: TrimmedContainer['kind'];
  readonly image: string | null;
  readonly startedAt: Micros | null;
  readonly finishedAt: Micros | null;
}

/** A pod with every container it is known to have had, also from older versions. */
export interface KnownPod {
  readonly cluster: string;
  /** As the newest version shows it. */
  readonly pod: TrimmedPod;
  /** When that version was seen. */
  readonly observedAt: Micros;
  readonly containers: readonly KnownContainer[];
}

/** The API gives whole seconds, and its clock is not the node's. */
const API_SLACK_MICROS = MICROS_PER_SECOND;

/** Did the container run then, as far as known? */
export function ranAt(container: KnownContainer, time: Micros): boolean {
  const { startedAt, finishedAt } = container;
  if (startedAt !== null && time < startedAt - API_SLACK_MICROS) return false;
  return finishedAt === null || time <= finishedAt + API_SLACK_MICROS;
}

/** Did the pod exist then, as far as known? */
export function existedAt({ pod }: KnownPod, time: Micros): boolean {
  if (pod.createdAt !== null && time < pod.createdAt - API_SLACK_MICROS) return false;
  return pod.deletedAt === null || time <= pod.deletedAt + API_SLACK_MICROS;
}

/** Joins a version of a pod with what older (or newer) ones told of it. */
export function joinVersions(known: KnownPod, version: KnownPod): KnownPod {
  const [older, newer] =
    version.observedAt >= known.observedAt ? [known, version] : [version, known];
  const containers = new Map(older.containers.map((container) => [container.id, container]));
  for (const container of newer.containers) {
    const before = containers.get(container.id);
    containers.set(container.id, before === undefined ? container : merge(before, container));
  }
  return { ...newer, containers: [...containers.values()] };
}

/** A run that is only known as the previous one has no times; another version may know them. */
const merge = (older: KnownContainer, newer: KnownContainer): KnownContainer => ({
  ...newer,
  startedAt: newer.startedAt ?? older.startedAt,
  finishedAt: newer.finishedAt ?? older.finishedAt,
});

/** A pod and its containers of one version, previous runs included. */
export function toKnownPod(cluster: string, pod: TrimmedPod, observedAt: Micros): KnownPod {
  const containers: KnownContainer[] = [];
  for (const { id, name, kind, image, startedAt, finishedAt, previousId } of pod.containers) {
    if (previousId !== null && previousId !== id) {
      const previous = { id: previousId, name, kind, image, startedAt: null };
      containers.push({ ...previous, finishedAt: id === null ? null : startedAt });
    }
    if (id !== null) containers.push({ id, name, kind, image, startedAt, finishedAt });
  }
  return { cluster, pod, observedAt, containers };
}

/** Owners that give each pod a name of its own. All others may use a name again. */
const NAMES_PODS_ONCE: ReadonlySet<string> = new Set([
  'ReplicaSet',
  'ReplicationController',
  'DaemonSet',
  'Job',
]);

export const hasUniqueName = (pod: TrimmedPod): boolean =>
  pod.ownerKind !== null && NAMES_PODS_ONCE.has(pod.ownerKind);
