import type { Micros } from '../model/micros.ts';
import type { PodContext } from '../model/pod-context.ts';
import type { ContainerRef, SensorPod } from '../model/security-event.ts';
import { UNRESOLVED } from './pod-contexts.ts';

/** What the sensors told of one container. Never changed, only replaced. */
export interface LearnedContainer {
  readonly container: ContainerRef;
  /** Null if no sensor named its pod. */
  readonly pod: SensorPod | null;
  /** Node by Tetragon's word, else by Falco's, which may be the name of a pod. */
  readonly node: string;
  readonly nodeFromTetragon: boolean;
  /** Two containers share the first 12 digits: only a longer id tells which is meant. */
  readonly collided: boolean;
  /** What its events are told, made once for all of them. */
  readonly context: PodContext;
}

/** The pod whose UID goes with a name, and when sensors said so. */
export interface LearnedName {
  readonly pod: SensorPod;
  readonly firstSeen: Micros;
  readonly lastSeen: Micros;
  /** Did Tetragon say so too? */
  readonly fromTetragon: boolean;
}

export function toLearned(parts: Omit<LearnedContainer, 'context'>): LearnedContainer {
  const { container, pod, node, nodeFromTetragon, collided } = parts;
  return { container, pod, node, nodeFromTetragon, collided, context: contextOf(container, pod) };
}

/** A pod by the sensors' word alone. */
export function contextOf(container: ContainerRef | null, pod: SensorPod | null): PodContext {
  const context: PodContext = {
    ...UNRESOLVED,
    containerId: container?.id ?? null,
    containerName: container?.name ?? null,
    image: container?.image ?? null,
  };
  if (pod === null) return context;
  return {
    ...context,
    state: 'resolved',
    method: 'sensor',
    confidence: pod.uid === null ? 'weak' : 'strong',
    podUid: pod.uid,
    namespace: pod.namespace,
    podName: pod.name,
    workload: pod.workload,
    workloadKind: pod.workloadKind,
  };
}

/**
 * A container belongs to one pod. Two names for it are two candidates, between which only the
 * catalogue decides. UIDs are not compared: those of static pods differ between sources.
 */
export function namesAnotherPod(said: SensorPod | null, learned: SensorPod | null): boolean {
  if (said === learned || said === null || learned === null) return false;
  return said.name !== learned.name || said.namespace !== learned.namespace;
}
