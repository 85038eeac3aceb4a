import type { Lineage } from '../model/lineage.ts';
import type { JoinReason, ProcessJoin } from '../model/process-join.ts';
import { PROCESS_JOINS } from '../model/process-join.ts';
import type {
  AlertFacts,
  FieldValue,
  ProcessFacts,
  SecurityEvent,
} from '../model/security-event.ts';
import { containerPrefix } from '../lib/entity-keys.ts';
import { alertText, commandOf, hasOtherProgram, tellsCommand } from './alert-command.ts';
import type { AlertPlace } from './alert-place.ts';
import type { Choice } from './choose-image.ts';
import { chooseImage, isOfTask } from './choose-image.ts';
import { findByCommand } from './command-join.ts';
import type { ProcessEntry } from './process-entry.ts';
import { HOST, SOMEWHERE } from './process-entry.ts';
import type { ProcessStore } from './process-store.ts';

/** What came of looking for the process of an alert. */
export interface JoinedAlert {
  /** Null rather than a guess. */
  readonly lineage: Lineage | null;
  /** Null if there is nothing to look for: the alert is not on what a process did. */
  readonly join: ProcessJoin | null;
}

/** How the process was found, or why none was. */
interface Answer {
  readonly image: ProcessEntry | null;
  readonly reason: JoinReason;
}

/** Falcosidekick writes the plural, old versions nothing. */
const SYSCALL_SOURCES: ReadonlySet<string> = new Set(['syscall', 'syscalls', '']);
const NOTHING_TO_JOIN: JoinedAlert = { lineage: null, join: null };

/**
 * Finds the process Tetragon told of that a Falco alert speaks of, as of the alert's time: by pid on
 * the node, else by pid in the container, else by command line in the container.
 */
export function joinAlert(
  store: ProcessStore,
  event: SecurityEvent,
  place: AlertPlace,
): JoinedAlert {
  if (event.alert === null || !isOnProcess(event, event.alert)) return NOTHING_TO_JOIN;
  const { image, reason } = findProcess(store, event, place);
  return { lineage: image === null ? null : image.lineage, join: PROCESS_JOINS[reason] };
}

/** Entries of logs have a target instead of a process; an unknown source may speak of a workload. */
const isOnProcess = ({ process, container, target }: SecurityEvent, alert: AlertFacts): boolean =>
  target === null && (process !== null || container !== null || SYSCALL_SOURCES.has(alert.source));

function findProcess(store: ProcessStore, event: SecurityEvent, place: AlertPlace): Answer {
  const obstacle = obstacleTo(event, place);
  if (obstacle !== null) return { image: null, reason: obstacle };
  const question = { store, event, place, pid: pidOf(event, 'proc.pid', event.process?.pid) };
  const answer = findByPid(question) ?? findByContainerPid(question);
  if (answer !== null) return answer;
  // A process with that pid would have been found by it.
  return (question.pid === null ? findAlike(question) : null) ?? notFound(event, place);
}

interface Question {
  readonly store: ProcessStore;
  readonly event: SecurityEvent;
  readonly place: AlertPlace;
  /** In the namespace of the node; null if the alert does not tell. */
  readonly pid: number | null;
}

/** Null if no process of that pid was ever seen there. */
function findByPid({ store, event, place, pid }: Question): Answer | null {
  if (pid === null || place.node === null) return null;
  const ofPid = inContainer(store.imagesOfPid(event.cluster, place.node, pid), place.container);
  const images = ofTask(ofPid, event.process);
  return images.length === 0 ? null : judge(chooseImage(images, event), 'pid', { event, place });
}

function findByContainerPid({ store, event, place, pid }: Question): Answer | null {
  const { container } = place;
  const containerPid = pidOf(event, 'proc.vpid', event.process?.containerPid);
  if (containerPid === null || container === null || container === HOST) return null;
  const images = store.imagesOfContainerPid(event.cluster, container, containerPid);
  const ofPid = pid === null ? images : images.filter(({ process }) => process.pid === pid);
  const fitting = ofTask(ofPid, event.process);
  if (fitting.length === 0) return null;
  return judge(chooseImage(fitting, event), 'container-pid', { event, place });
}

/** By the command line. Of a late alert others with the same command may be forgotten already. */
function findAlike({ store, event, place }: Question): Answer | null {
  const { container, node, isLate } = place;
  if (isLate || container === null || (container === HOST && node === null)) return null;
  const image = findByCommand(store, event, { container, node: node ?? '' });
  if (image === 'several') return { image: null, reason: 'several-processes' };
  return image === null ? null : { image, reason: 'command-line' };
}

/** What stands in the way of any join. */
function obstacleTo(event: SecurityEvent, place: AlertPlace): JoinReason | null {
  if (place.isOtherNode) return 'other-node';
  if (place.isShared) return 'several-containers';
  const sandbox = alertText(event, 'k8s.pod.sandbox_id');
  const isSandbox = sandbox !== '' && containerPrefix(sandbox) === place.container;
  return isSandbox ? 'sandbox' : null;
}

/** A pid alone says nothing of the program: one that is known to be another was not seen. */
function judge(
  choice: Choice,
  reason: JoinReason,
  { event, place }: Pick<Question, 'event' | 'place'>,
): Answer {
  if (choice === 'several') return { image: null, reason: 'several-images' };
  if (choice === null) return notFound(event, place);
  const isSame = event.process !== null && event.process.binary === choice.process.binary;
  if (!isSame && hasOtherProgram(choice, commandOf(event))) return notFound(event, place);
  return { image: choice, reason };
}

function notFound(event: SecurityEvent, place: AlertPlace): Answer {
  if (place.isWatched) return { image: null, reason: 'container' };
  if (place.isInWatchedPod) return { image: null, reason: 'pod' };
  const tellsProcess =
    event.process !== null && (event.process.pid !== null || tellsCommand(commandOf(event)));
  return { image: null, reason: tellsProcess ? 'not-seen' : 'no-process' };
}

/** Where Tetragon does not know the container, the pid of the node is enough. */
const mayBeIn = (image: ProcessEntry, container: string): boolean =>
  image.container === container || image.container === SOMEWHERE;

function inContainer(
  images: readonly ProcessEntry[],
  container: string | null,
): readonly ProcessEntry[] {
  if (container === null) return images;
  // Nearly always there is one image and it is in the container: that needs no second list.
  const [first] = images;
  if (images.length === 1 && first !== undefined && mayBeIn(first, container)) return images;
  return images.filter((image) => mayBeIn(image, container));
}

/** A pid is used again: what ran before the alert's task began is not of that task. */
function ofTask(
  images: readonly ProcessEntry[],
  process: ProcessFacts | null,
): readonly ProcessEntry[] {
  const taskStart = process?.startTime ?? null;
  if (taskStart === null || images.every((image) => isOfTask(image, taskStart))) return images;
  return images.filter((image) => isOfTask(image, taskStart));
}

/** A pid as it was read already, else as the field has it in some unusual way of writing. */
function pidOf(event: SecurityEvent, name: string, read: number | null = null): number | null {
  return read !== null && read >= 0 ? read : (numberField(event, name) ?? read);
}

/** A whole number, or its decimal text. */
function numberField(event: SecurityEvent, name: string): number | null {
  const value: FieldValue | undefined = event.alert?.fields.get(name);
  const number = typeof value === 'string' && value !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isSafeInteger(number) && number >= 0 ? number : null;
}
