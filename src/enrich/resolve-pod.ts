import type { Micros } from '../model/micros.ts';
import type { PodContext } from '../model/pod-context.ts';
import type { ContainerRef, SecurityEvent } from '../model/security-event.ts';
import type { Catalogue, ContainerHome } from './catalogue.ts';
import type { ContainerMemo } from './container-memo.ts';
import type { KnownContainer, KnownPod } from './known-pod.ts';
import { existedAt, hasUniqueName, ranAt } from './known-pod.ts';
import type { LearnedContainer } from './learned-container.ts';
import { contextOf, namesAnotherPod } from './learned-container.ts';
import type { LearnedPods } from './learned-pods.ts';
import { learnedContext } from './learned-pods.ts';
import type { Found } from './pod-contexts.ts';
import { ambiguousContext, catalogueContext, ON_HOST, UNRESOLVED } from './pod-contexts.ts';

export interface PodSources {
  readonly catalogue: Catalogue;
  readonly learned: LearnedPods;
}

const NO_HOMES: readonly ContainerHome[] = [];

/** An event with what is known of its container, as of its own time. */
interface Question {
  readonly event: SecurityEvent;
  readonly time: Micros;
  readonly learned: LearnedContainer | null;
  /** Of its container; null if it names none. */
  readonly memo: ContainerMemo | null;
}

/**
 * The pod an event happened in, as of `time`, where `contextOfOnlyHome` does not say it: by container, by UID, by name, by the sensor's own
 * word. Where several pods fit it says so; a wrong pod would be worse than none.
 */
export function resolvePod(sources: PodSources, question: Question): PodContext {
  const { event, learned } = question;
  if (event.container === null && event.pod === null) return event.onHost ? ON_HOST : UNRESOLVED;
  if (!sources.catalogue.isEmpty) {
    const found = findInCatalogue(sources.catalogue, question);
    if (found === 'ambiguous') return ambiguousContext(event.container);
    if (found !== null) return catalogueContext(found, event.container);
  }
  if (event.container !== null && learned !== null)
    return learnedContext(learned, event.container, event.pod);
  return event.pod === null
    ? UNRESOLVED
    : contextOf(null, sources.learned.complete(event.cluster, event.pod, question.time));
}

/**
 * The pod of a container that has one home, as nearly every container has: all events in it are told
 * the same. Null if the question is a harder one, for `resolvePod`.
 */
export function contextOfOnlyHome(
  catalogue: Catalogue,
  event: SecurityEvent,
  memo: ContainerMemo,
): PodContext | null {
  const homes = catalogue.homesOf(memo);
  const home = homes.length === 1 ? homes[0] : undefined;
  if (home === undefined) return null;
  const { pod, container } = home;
  // The image is all that a sensor could add to what the catalogue says of this container.
  const image = container.image ?? event.container?.image ?? null;
  if (home.context === null || home.context.image !== image) {
    const found: Found = { pod, container, method: 'container-id', confidence: 'exact' };
    home.context = catalogueContext(found, event.container);
  }
  return home.context;
}

function findInCatalogue(catalogue: Catalogue, question: Question): Found | 'ambiguous' | null {
  const { event, learned } = question;
  const ofContainer = findByContainer(catalogue, question);
  if (ofContainer !== null || namesAnotherPod(event.pod, learned?.pod ?? null)) return ofContainer;
  return findByUid(catalogue, question) ?? findByName(catalogue, question);
}

/** For containers with several homes; the only one of a container was answered for before. */
function findByContainer(
  catalogue: Catalogue,
  { event, time, memo }: Question,
): Found | 'ambiguous' | null {
  const homes = memo === null ? NO_HOMES : catalogue.homesOf(memo);
  if (homes.length === 0) return null;
  const left = narrow(homes, event, time);
  const [home] = left;
  if (home === undefined || left.some(({ pod }) => pod !== home.pod)) return 'ambiguous';
  const isOne = left.length === 1;
  return {
    pod: home.pod,
    container: isOne ? home.container : null,
    method: 'container-id',
    confidence: isOne ? 'exact' : 'strong',
  };
}

/** Of containers that share the digits known of an id: by UID, by node, by time. */
function narrow(
  homes: readonly ContainerHome[],
  event: SecurityEvent,
  time: Micros,
): readonly ContainerHome[] {
  const uid = event.pod?.uid ?? null;
  const ofUid = uid === null ? homes : homes.filter(({ pod }) => pod.pod.uid === uid);
  const onNode = preferMatches(ofUid, ({ pod }) => pod.pod.node === event.node);
  const running = onNode.filter(({ container }) => ranAt(container, time));
  return running.length > 1 ? running.filter(({ pod }) => existedAt(pod, time)) : running;
}

/** Those that match, or all if none does: a sensor may call a node by another name. */
function preferMatches<Item>(
  items: readonly Item[],
  matches: (item: Item) => boolean,
): readonly Item[] {
  const matching = items.filter(matches);
  return matching.length === 0 ? items : matching;
}

function findByUid(catalogue: Catalogue, { event, learned }: Question): Found | null {
  const said = event.pod?.uid ?? null;
  const uid = said ?? (learned?.collided === true ? null : learned?.pod?.uid) ?? null;
  const pod = uid === null ? undefined : catalogue.podOf(event.cluster, uid);
  if (pod === undefined) return null;
  const container = containerNamed(pod, event.container);
  return { pod, container, method: 'pod-uid', confidence: said === null ? 'strong' : 'exact' };
}

function findByName(catalogue: Catalogue, question: Question): Found | 'ambiguous' | null {
  const { event, time } = question;
  const said = event.pod ?? question.learned?.pod ?? null;
  if (said === null || said.uid !== null) return null;
  const named = catalogue.podsNamed(event.cluster, `${said.namespace}/${said.name}`, time);
  const pod = newestPod(preferMatches(named, (known) => known.pod.node === event.node));
  if (pod === 'several') return 'ambiguous';
  return pod === null ? null : judgeByName(pod, question);
}

/** A name is sure if no other pod can ever have it, or if the pod was seen after the event. */
function judgeByName(pod: KnownPod, { event, time }: Question): Found | null {
  const isUnique = hasUniqueName(pod.pod);
  // A container the catalogue has never seen may belong to a later pod of the same name.
  if (event.container !== null && !isUnique) return null;
  const container = containerNamed(pod, event.container);
  const confidence = isUnique || time <= pod.observedAt ? 'strong' : 'weak';
  return { pod, container, method: 'name', confidence };
}

/** The pod that was created last: before it came, the older one of that name had gone. */
function newestPod(pods: readonly KnownPod[]): KnownPod | 'several' | null {
  let newest: KnownPod | null = null;
  let isTie = false;
  for (const pod of pods) {
    const difference = newest === null ? 1 : (pod.pod.createdAt ?? 0) - (newest.pod.createdAt ?? 0);
    if (difference >= 0) {
      isTie = difference === 0;
      newest = pod;
    }
  }
  return isTie ? 'several' : newest;
}

/**
 * The container of this name, without its id: the sensor told of a run the catalogue does not know.
 */
function containerNamed(pod: KnownPod, said: ContainerRef | null): KnownContainer | null {
  if (said === null || said.name === null) return null;
  const spec = pod.pod.containers.find(({ name }) => name === said.name);
  if (spec === undefined) return null;
  const { name, kind, image } = spec;
  return { id: said.id, name, kind, image, startedAt: null, finishedAt: null };
}
