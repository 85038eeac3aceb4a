import type { Micros } from '../model/micros.ts';
import { MICROS_PER_SECOND } from '../model/micros.ts';
import type { SecurityEvent } from '../model/security-event.ts';
import { commandOf, mayHaveCommand, tellsCommand } from './alert-command.ts';
import type { ProcessEntry } from './process-entry.ts';

/** The two sensors take their times at different points and convert them on their own. */
const SLACK_MICROS = MICROS_PER_SECOND;
/** An image that starts this soon after an alert may have started before it. */
const NEAR_MICROS = 1000;

/** One image, several between which nothing decides, or none. */
export type Choice = ProcessEntry | 'several' | null;

export const startOf = (image: ProcessEntry): Micros => image.process.startTime ?? 0;

/**
 * May the image be one of a task that began then? What Falco calls the start of a task is its fork,
 * which comes before the first program it runs.
 */
export const isOfTask = (image: ProcessEntry, taskStart: Micros): boolean =>
  startOf(image) >= taskStart - SLACK_MICROS;

/** Did the image run at that time, give or take the slack? */
export const ranAround = (image: ProcessEntry, time: Micros): boolean =>
  startOf(image) <= time + SLACK_MICROS &&
  (image.endTime === null || time <= image.endTime + SLACK_MICROS);

/** Of all images that once had one pid, the one that ran then: the newest that had started. */
export function chooseImage(images: readonly ProcessEntry[], event: SecurityEvent): Choice {
  const { time } = event;
  const running = newestStarted(images, time);
  const next = nextStarting(images, time);
  if (next === null) return running;
  if (running === 'several' || next === 'several') return 'several';
  return chooseNearBorder(running, next, event);
}

/** Near a border between two images the command decides, and if it does not, nothing does. */
function chooseNearBorder(
  running: ProcessEntry | null,
  next: ProcessEntry,
  event: SecurityEvent,
): Choice {
  const command = commandOf(event);
  const isNext = mayHaveCommand(next, command);
  if (running === null) return isNext || !tellsCommand(command) ? next : null;
  const isRunning = mayHaveCommand(running, command);
  if (isRunning !== isNext) return isRunning ? running : next;
  const hasEnded = running.endTime !== null && running.endTime < event.time;
  return hasEnded || startOf(next) - event.time <= NEAR_MICROS ? 'several' : running;
}

/** The image that started last before `time`, if it had not ended for more than the slack. */
function newestStarted(images: readonly ProcessEntry[], time: Micros): Choice {
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
function nextStarting(images: readonly ProcessEntry[], time: Micros): Choice {
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
