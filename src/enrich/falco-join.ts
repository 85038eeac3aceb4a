import type { JoinTier, Lineage } from '../model/lineage.ts';
import type { Micros } from '../model/micros.ts';
import { MICROS_PER_SECOND } from '../model/micros.ts';
import type { ProcessJoin } from '../model/process-join.ts';
import { PROCESS_JOINS } from '../model/process-join.ts';
import type { FieldValue, SecurityEvent } from '../model/security-event.ts';
import type { ProcessEntry } from './process-entry.ts';
import { HOST } from './process-entry.ts';
import type { ProcessTable } from './process-table.ts';

/** The two sensors take their times at different points and convert them on their own. */
const SLACK_MICROS = MICROS_PER_SECOND;
/** An image that starts this soon after an alert may have started before it. */
const NEAR_MICROS = 1000;

/** Where an alert happened. */
export interface AlertPlace {
  /** Where its container is known to run: Falco's own word for the node may be the name of its pod. */
  readonly node: string;
  /** First 12 digits of its container's id; null if it names none. */
  readonly container: string | null;
  /** Did Tetragon tell of that container? */
  readonly isWatched: boolean;
}

/** What came of looking for the process of an alert. */
export interface JoinedAlert {
  readonly lineage: Lineage | null;
  /** Null if there is nothing to look for: the alert is not about a system call. */
  readonly join: ProcessJoin | null;
}

const NOTHING_TO_JOIN: JoinedAlert = { lineage: null, join: null };
const SYSCALL_SOURCES: ReadonlySet<string> = new Set(['syscall', 'syscalls', '']);

/** Finds the Tetragon process a Falco alert speaks of, as of the alert's time. */
export function joinAlert(
  table: ProcessTable,
  event: SecurityEvent,
  place: AlertPlace,
): JoinedAlert {
  if (event.alert === null || !SYSCALL_SOURCES.has(event.alert.source)) return NOTHING_TO_JOIN;
  const lineage = findProcess(table, event, place);
  if (lineage !== null)
    return { lineage, join: PROCESS_JOINS[lineage.tier === 'pid' ? 'pid' : 'container-pid'] };
  return { lineage: null, join: PROCESS_JOINS[place.isWatched ? 'container' : 'not-seen'] };
}

/** By pid on the node or by pid in the container; null rather than a guess. */
function findProcess(table: ProcessTable, event: SecurityEvent, place: AlertPlace): Lineage | null {
  // Falco says in words when it was not in a container; else it did not say at all.
  const container = place.container ?? (event.onHost ? HOST : null);
  const pid = pidOf(event, 'proc.pid', event.process?.pid);
  if (pid !== null) {
    const ofPid = table.imagesOfPid(event.cluster, place.node, pid);
    const images = inContainer(ofPid, container);
    if (images.length > 0) return toLineage(chooseImage(images, event), 'pid');
  }
  const containerPid = pidOf(event, 'proc.vpid', event.process?.containerPid);
  if (containerPid === null || container === null || container === HOST) return null;
  const images = table.imagesOfContainerPid(event.cluster, container, containerPid);
  return toLineage(chooseImage(images, event), 'container-pid');
}

function inContainer(
  images: readonly ProcessEntry[],
  container: string | null,
): readonly ProcessEntry[] {
  if (container === null) return images;
  // Nearly always there is one image and it is in the container: that needs no second list.
  if (images.length === 1 && images[0]?.container === container) return images;
  return images.filter((image) => image.container === container);
}

function toLineage(image: ProcessEntry | null, tier: JoinTier): Lineage | null {
  if (image === null) return null;
  return { process: image.process, tier, ancestors: image.lineage.ancestors };
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

const startOf = (image: ProcessEntry): Micros => image.process.startTime ?? 0;

const hasBinary = (image: ProcessEntry, binary: string): boolean =>
  binary !== '' && image.process.binary === binary;

/** Of all images that once had one pid, the one that ran then: the newest that had started. */
function chooseImage(images: readonly ProcessEntry[], event: SecurityEvent): ProcessEntry | null {
  const running = newestStarted(images, event.time);
  const next = nextStarting(images, event.time);
  if (running === 'several' || next === 'several') return null;
  if (next === null) return running;
  return chooseNearBorder(running, next, event);
}

/** Near a border between two images the executable decides, and if it does not, nothing does. */
function chooseNearBorder(
  running: ProcessEntry | null,
  next: ProcessEntry,
  event: SecurityEvent,
): ProcessEntry | null {
  const binary = event.process?.binary ?? '';
  const isNext = hasBinary(next, binary);
  if (running === null) return isNext || binary === '' ? next : null;
  const isRunning = hasBinary(running, binary);
  if (isRunning !== isNext) return isRunning ? running : next;
  const hasEnded = running.endTime !== null && running.endTime < event.time;
  return hasEnded || startOf(next) - event.time <= NEAR_MICROS ? null : running;
}

/** The image that started last before `time`, if it had not ended for more than the slack. */
function newestStarted(
  images: readonly ProcessEntry[],
  time: Micros,
): ProcessEntry | 'several' | null {
  let newest: ProcessEntry | null = null;
  let equals = 1;
  for (const image of images) {
    const start = startOf(image);
    if (start > time || (newest !== null && start < startOf(newest))) continue;
    equals = newest !== null && start === startOf(newest) ? equals + 1 : 1;
    newest = image;
  }
  if (newest === null || equals > 1) return newest === null ? null : 'several';
  return newest.endTime === null || time <= newest.endTime + SLACK_MICROS ? newest : null;
}

/** The image that started next, if within the slack. */
function nextStarting(
  images: readonly ProcessEntry[],
  time: Micros,
): ProcessEntry | 'several' | null {
  let next: ProcessEntry | null = null;
  let equals = 1;
  for (const image of images) {
    const start = startOf(image);
    if (start <= time || start > time + SLACK_MICROS) continue;
    if (next !== null && start > startOf(next)) continue;
    equals = next !== null && start === startOf(next) ? equals + 1 : 1;
    next = image;
  }
  return equals > 1 ? 'several' : next;
}
