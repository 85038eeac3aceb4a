import { MICROS_PER_SECOND } from '../model/micros.ts';
import type { ProcessFacts, SecurityEvent } from '../model/security-event.ts';
import { haveSameArguments } from './command-key.ts';
import type { ProcessEntry } from './process-entry.ts';

/** Start times of one process differ by clock steps; beyond this it is another one with its id. */
const SAME_START_MICROS = 60 * MICROS_PER_SECOND;
/** What Tetragon reads from /proc it knows in steps of a hundredth of a second. */
const PROC_STEP_MICROS = 10_000;
/** Tetragon's mark of a process that ran before its agent started. */
const FROM_PROC = 'procFS';

/** A process as an event tells of it. */
export interface Sighting {
  readonly facts: ProcessFacts;
  /** First 12 digits of its container's id, `HOST` or `SOMEWHERE`. */
  readonly container: string;
}

export const isFromProc = (facts: ProcessFacts): boolean => facts.flags.includes(FROM_PROC);

/**
 * Does an event speak of another process than the known one, by the same exec_id? Ids come back
 * after a reboot, when the kernel's clock starts again, some builds mix them up, and a new agent
 * gives all programs that one task runs one after the other the id of its fork.
 */
export function isAnotherProcess(entry: ProcessEntry, facts: ProcessFacts): boolean {
  const { pid, startTime, binary } = entry.process;
  if (pid !== facts.pid && pid !== null && facts.pid !== null) return true;
  if (isAnotherText(binary, facts.binary)) return true;
  if (isAnotherText(entry.process.arguments, facts.arguments)) return true;
  if (startTime === facts.startTime || startTime === null || facts.startTime === null) return false;
  const difference = facts.startTime - startTime;
  if (difference > SAME_START_MICROS) return true;
  // By an id of /proc a process started with its fork, which may be long before its program.
  return difference < -SAME_START_MICROS && entry.process.entityId === facts.execId;
}

/** Filters of Tetragon can take a field out of some events. */
const isAnotherText = (known: string, said: string): boolean =>
  known !== said && known !== '' && said !== '';

/** Nobody starts before its parent; a minute is left to clocks. */
export function canBeParent(parent: ProcessEntry, facts: ProcessFacts): boolean {
  const { startTime } = parent.process;
  if (startTime === null || facts.startTime === null) return true;
  return startTime <= facts.startTime + SAME_START_MICROS;
}

/**
 * The known process that an event speaks of by an id nobody heard of before, among the images of its
 * pid; null unless it is sure. Two things give a process a second id: a new agent reads it from
 * /proc, and some hooks see its start a moment off.
 */
export function findTwin(
  images: readonly ProcessEntry[],
  event: SecurityEvent,
  seen: Sighting,
): ProcessEntry | null {
  const isTwin = event.kind === 'exec' ? isTwinFromProc : isTwinInHook;
  let twin: ProcessEntry | null = null;
  for (const image of images) {
    if (!isTwin(image, event, seen)) continue;
    if (twin !== null) return null;
    twin = image;
  }
  return twin;
}

/**
 * A task that was there before the known image started and is there still never gave its pid away,
 * so it is the one that started that image.
 */
function isTwinFromProc(
  image: ProcessEntry,
  _event: SecurityEvent,
  { facts, container }: Sighting,
): boolean {
  const { startTime } = image.process;
  if (!isFromProc(facts) || facts.startTime === null || startTime === null) return false;
  if (image.endTime !== null || facts.startTime > startTime + PROC_STEP_MICROS) return false;
  return image.container === container && hasCommandOf(image, facts);
}

/** A second word on the image that ran at the time of the event and started at the same moment. */
function isTwinInHook(
  image: ProcessEntry,
  event: SecurityEvent,
  { facts, container }: Sighting,
): boolean {
  const { startTime } = image.process;
  if (facts.startTime === null || startTime === null || startTime > event.time) return false;
  if (Math.abs(facts.startTime - startTime) > PROC_STEP_MICROS) return false;
  if (image.endTime !== null && image.endTime < event.time) return false;
  if (isNextTo(image, facts)) return false;
  const isNameless = facts.binary === '' && facts.arguments === '';
  return isNameless || (image.container === container && hasCommandOf(image, facts));
}

/** Is it the program that ran before the image, or behind it? */
const isNextTo = ({ process }: ProcessEntry, { execId, parentExecId }: ProcessFacts): boolean =>
  parentExecId === process.entityId || (execId !== null && execId === process.parentEntityId);

const hasCommandOf = ({ process }: ProcessEntry, facts: ProcessFacts): boolean =>
  process.binary === facts.binary && haveSameArguments(process.arguments, facts.arguments);
