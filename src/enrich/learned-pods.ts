import type { Micros } from '../model/micros.ts';
import { MICROS_PER_SECOND } from '../model/micros.ts';
import type { PodContext } from '../model/pod-context.ts';
import type { ContainerRef, SecurityEvent, SensorPod } from '../model/security-event.ts';
import { haveSamePrefix } from './catalogue.ts';
import type { ContainerMemo } from './container-memo.ts';
import { nameKeyOf } from './container-memo.ts';
import type { LearnedContainer, LearnedName } from './learned-container.ts';
import { namesAnotherPod, toLearned } from './learned-container.ts';
import { ambiguousContext } from './pod-contexts.ts';
import type { SavedLearnedPods } from './saved-learned-pods.ts';
import { restoreContainers, restoreNames, saveLearnedPods } from './saved-learned-pods.ts';
import { TwoGenerations } from './two-generations.ts';

/** A name that a later pod may take again speaks for its UID only so long. */
const REUSABLE_NAME_MICROS = 600 * MICROS_PER_SECOND;
const SEEN_STEP_MICROS = 10 * MICROS_PER_SECOND;
const REUSES_NAMES: ReadonlySet<string | null> = new Set([null, 'Pod', 'StatefulSet']);

/** Which pod each container belongs to, by what the sensors said in the order of events. */
export class LearnedPods {
  private readonly containers: TwoGenerations<LearnedContainer>;
  private readonly names: TwoGenerations<LearnedName>;

  constructor(entriesMax: number) {
    this.containers = new TwoGenerations(entriesMax);
    this.names = new TwoGenerations(entriesMax);
  }

  /**
   * Learns from an event and says what is known of its container; null if it names none. `memo`
   * belongs to that container.
   */
  learn(event: SecurityEvent, time: Micros, memo: ContainerMemo | null): LearnedContainer | null {
    const { container } = event;
    if (container === null || memo === null) {
      this.learnName(event, time, null);
      return null;
    }
    const known = this.containers.get(memo.key);
    if (!namesPodAgain(event, known)) this.learnName(event, time, memo);
    if (known !== undefined && isToldAgain(memo, known, event)) return known;
    const learned = known === undefined ? firstSight(event, container) : addTo(known, event);
    const named = this.withUid(learned, event.cluster, time);
    if (named !== known) this.containers.set(memo.key, named);
    memo.learned = named;
    memo.said = container;
    memo.saidPod = event.pod;
    return named;
  }

  /** A pod a sensor named, with its UID if another event told that of the same name. */
  complete(cluster: string, pod: SensorPod, time: Micros): SensorPod {
    if (pod.uid !== null) return pod;
    const named = this.names.get(nameKeyOf(null, cluster, pod));
    if (named === undefined) return pod;
    return speaksFor(named, time) ? named.pod : pod;
  }

  /** Did Tetragon tell of a pod of this name that was there at that time? */
  isWatched(cluster: string, pod: SensorPod, time: Micros): boolean {
    const named = this.names.get(nameKeyOf(null, cluster, pod));
    if (named === undefined || !named.fromTetragon) return false;
    return pod.uid === null ? speaksFor(named, time) : pod.uid === named.pod.uid;
  }

  snapshot(): SavedLearnedPods {
    return saveLearnedPods(this.containers.snapshot(), this.names.snapshot());
  }

  restore(saved: SavedLearnedPods): void {
    this.containers.restore(restoreContainers(saved));
    this.names.restore(restoreNames(saved));
  }

  private learnName(event: SecurityEvent, time: Micros, memo: ContainerMemo | null): void {
    const { pod } = event;
    if (pod === null || pod.uid === null) return;
    const key = nameKeyOf(memo, event.cluster, pod);
    const known = this.names.get(key);
    const isTetragon = event.sensor === 'tetragon';
    if (known === undefined || known.pod.uid !== pod.uid) {
      const isOlderPod = known !== undefined && time < known.lastSeen;
      if (isOlderPod) return;
      this.names.set(key, { pod, firstSeen: time, lastSeen: time, fromTetragon: isTetragon });
    } else if (time >= known.lastSeen + SEEN_STEP_MICROS || (isTetragon && !known.fromTetragon)) {
      const fromTetragon = known.fromTetragon || isTetragon;
      const lastSeen = Math.max(time, known.lastSeen);
      this.names.set(key, { pod, firstSeen: known.firstSeen, lastSeen, fromTetragon });
    }
  }

  private withUid(learned: LearnedContainer, cluster: string, time: Micros): LearnedContainer {
    if (learned.pod === null || learned.pod.uid !== null) return learned;
    const pod = this.complete(cluster, learned.pod, time);
    return pod === learned.pod ? learned : toLearned({ ...learned, pod });
  }
}

/** A name that is used again speaks for a pod only around the time it was told of. */
function speaksFor({ pod, firstSeen, lastSeen }: LearnedName, time: Micros): boolean {
  if (!REUSES_NAMES.has(pod.workloadKind)) return true;
  return time >= firstSeen - SEEN_STEP_MICROS && time <= lastSeen + REUSABLE_NAME_MICROS;
}

/** A name that is used once needs no second look as long as its container is known. */
function namesPodAgain(
  { pod, sensor }: SecurityEvent,
  known: LearnedContainer | undefined,
): boolean {
  const knownPod = known === undefined ? null : known.pod;
  if (pod === null || pod.uid === null || known === undefined || knownPod === null) return false;
  if (sensor === 'tetragon' && !known.nodeFromTetragon) return false;
  return knownPod.uid === pod.uid && !REUSES_NAMES.has(pod.workloadKind);
}

/**
 * Does an event say by the very same objects what was said when nothing new was learned? Comparing
 * their texts instead means reading them all from far away in memory. A pod without its UID is
 * always looked at again, because another event may have told the UID since.
 */
function isToldAgain(memo: ContainerMemo, known: LearnedContainer, event: SecurityEvent): boolean {
  return (
    memo.learned === known &&
    memo.said === event.container &&
    memo.saidPod === event.pod &&
    (known.pod === null || known.pod.uid !== null) &&
    (known.nodeFromTetragon || event.sensor !== 'tetragon')
  );
}

function firstSight(event: SecurityEvent, container: ContainerRef): LearnedContainer {
  const nodeFromTetragon = event.sensor === 'tetragon';
  const { pod, node } = event;
  return toLearned({ container, pod, node, nodeFromTetragon, collided: false });
}

/** The same object if the event tells nothing new. */
function addTo(known: LearnedContainer, event: SecurityEvent): LearnedContainer {
  const said = event.container;
  if (said === null) return known;
  if (!haveSamePrefix(known.container.id, said.id)) {
    return toLearned({ ...firstSight(event, said), collided: true });
  }
  const container = joinContainers(known.container, said);
  const pod = joinPods(known.pod, event.pod);
  const isBetterNode = !known.nodeFromTetragon && event.sensor === 'tetragon';
  if (container === known.container && pod === known.pod && !isBetterNode) return known;
  const node = isBetterNode ? event.node : known.node;
  const nodeFromTetragon = known.nodeFromTetragon || isBetterNode;
  return toLearned({ container, pod, node, nodeFromTetragon, collided: known.collided });
}

/** The longest id, and the first name and image that were given. */
function joinContainers(known: ContainerRef, said: ContainerRef): ContainerRef {
  const id = said.id.length > known.id.length ? said.id : known.id;
  const name = known.name ?? said.name;
  const image = known.image ?? said.image;
  const isSame = id === known.id && name === known.name && image === known.image;
  return isSame ? known : { id, name, image };
}

/** A word with a UID outweighs one without; else what was said first stays. */
function joinPods(known: SensorPod | null, said: SensorPod | null): SensorPod | null {
  if (known === null || said === null) return known ?? said;
  if (said.uid === null || said.uid === known.uid) {
    const isSamePod = said.namespace === known.namespace && said.name === known.name;
    const addsWorkload = known.workload === null && said.workload !== null;
    if (!isSamePod || !addsWorkload) return known;
    return { ...known, workload: said.workload, workloadKind: said.workloadKind };
  }
  return known.uid === null ? said : known;
}

/** What an event in this container is told. Only the whole id is sure when two share 12 digits. */
export function learnedContext(
  learned: LearnedContainer,
  said: ContainerRef,
  saidPod: SensorPod | null,
): PodContext {
  const isUnsure = learned.collided && said.id.length < learned.container.id.length;
  return isUnsure || namesAnotherPod(saidPod, learned.pod)
    ? ambiguousContext(said)
    : learned.context;
}
