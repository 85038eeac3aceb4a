import type { SensorPod } from '../model/security-event.ts';
import type { LearnedContainer, LearnedName } from './learned-container.ts';
import { toLearned } from './learned-container.ts';
import type { SavedGenerations } from './two-generations.ts';

type Text = string | null;

/** Flat lists, because small objects cost a snapshot more than what is in them. */
interface SavedHalf {
  /** Per container: key, id, name, image, node, flags, then its pod. */
  readonly containers: readonly Text[];
  /** Per name: key, then its pod. */
  readonly names: readonly Text[];
  /** Per name: first seen, last seen, 1 if Tetragon told of it. */
  readonly times: readonly number[];
}

/** What the sensors told of containers and pods, as a snapshot keeps it. */
export interface SavedLearnedPods {
  readonly young: SavedHalf;
  readonly old: SavedHalf;
}

const CONTAINER_TEXTS = 6;
const NAME_TEXTS = 1;
const NAME_TIMES = 3;
const POD_TEXTS = 5;

const FROM_TETRAGON = 't';
const COLLIDED = 'c';

export function saveLearnedPods(
  containers: SavedGenerations<LearnedContainer>,
  names: SavedGenerations<LearnedName>,
): SavedLearnedPods {
  return {
    young: saveHalf(containers.young, names.young),
    old: saveHalf(containers.old, names.old),
  };
}

function saveHalf(
  containers: ReadonlyMap<string, LearnedContainer>,
  names: ReadonlyMap<string, LearnedName>,
): SavedHalf {
  const saved = { containers: [] as Text[], names: [] as Text[], times: [] as number[] };
  for (const [key, { container, pod, node, nodeFromTetragon, collided }] of containers) {
    const flags = `${nodeFromTetragon ? FROM_TETRAGON : ''}${collided ? COLLIDED : ''}`;
    saved.containers.push(key, container.id, container.name, container.image, node, flags);
    savePod(pod, saved.containers);
  }
  for (const [key, { pod, firstSeen, lastSeen, fromTetragon }] of names) {
    saved.names.push(key);
    savePod(pod, saved.names);
    saved.times.push(firstSeen, lastSeen, fromTetragon ? 1 : 0);
  }
  return saved;
}

function savePod(pod: SensorPod | null, into: Text[]): void {
  if (pod === null) into.push(null, null, null, null, null);
  else into.push(pod.namespace, pod.name, pod.uid, pod.workload, pod.workloadKind);
}

export function restoreContainers(saved: SavedLearnedPods): SavedGenerations<LearnedContainer> {
  return { young: containersOf(saved.young), old: containersOf(saved.old) };
}

export function restoreNames(saved: SavedLearnedPods): SavedGenerations<LearnedName> {
  return { young: namesOf(saved.young), old: namesOf(saved.old) };
}

function containersOf({ containers }: SavedHalf): Map<string, LearnedContainer> {
  const byKey = new Map<string, LearnedContainer>();
  for (let at = 0; at < containers.length; at += CONTAINER_TEXTS + POD_TEXTS) {
    const flags = containers[at + 5] ?? '';
    const learned = toLearned({
      container: {
        id: containers[at + 1] ?? '',
        name: containers[at + 2] ?? null,
        image: containers[at + 3] ?? null,
      },
      node: containers[at + 4] ?? '',
      nodeFromTetragon: flags.includes(FROM_TETRAGON),
      collided: flags.includes(COLLIDED),
      pod: podAt(containers, at + CONTAINER_TEXTS),
    });
    byKey.set(containers[at] ?? '', learned);
  }
  return byKey;
}

function namesOf({ names, times }: SavedHalf): Map<string, LearnedName> {
  const byKey = new Map<string, LearnedName>();
  for (let at = 0, time = 0; at < names.length; at += NAME_TEXTS + POD_TEXTS, time += NAME_TIMES) {
    const pod = podAt(names, at + NAME_TEXTS);
    if (pod === null) continue;
    const [firstSeen = 0, lastSeen = 0] = [times[time], times[time + 1]];
    const fromTetragon = times[time + 2] === 1;
    byKey.set(names[at] ?? '', { pod, firstSeen, lastSeen, fromTetragon });
  }
  return byKey;
}

function podAt(texts: readonly Text[], at: number): SensorPod | null {
  const [namespace, name] = [texts[at] ?? null, texts[at + 1] ?? null];
  if (namespace === null || name === null) return null;
  return {
    namespace,
    name,
    uid: texts[at + 2] ?? null,
    workload: texts[at + 3] ?? null,
    workloadKind: texts[at + 4] ?? null,
  };
}
