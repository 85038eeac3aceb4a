import { MICROS_PER_SECOND } from '../model/micros.ts';
import type { Micros } from '../model/micros.ts';
import type { ProcessFacts, SecurityEvent } from '../model/security-event.ts';
import type { AlertCommand } from './alert-command.ts';
import { commandOf, hasCommand, isElsewhere, looksLikeItsFork } from './alert-command.ts';
import type { Choice } from './choose-image.ts';
import { chooseImage, isOfTask, ranAround, startOf } from './choose-image.ts';
import { commandKey, type CommandPlace } from './command-key.ts';
import type { ProcessEntry } from './process-entry.ts';
import { HOST, TICKS_PER_SECOND, tickOf, ticksBetween } from './process-entry.ts';
import { IMAGES_PER_COMMAND_MAX } from './process-generation.ts';
import type { ProcessStore } from './process-store.ts';

/** An alert and an event of its process are at most so far apart. */
const NEAR_MICROS = 2 * MICROS_PER_SECOND;
const NEAR_TICKS = 2 * TICKS_PER_SECOND;
/** So many running images of one key are compared; where there are more, a guess is no better. */
const COMPARED_MAX = 32;

/**
 * The process of an alert without a pid, by container, program and arguments: only if it is the only
 * one that ran with them then, and Tetragon told something of it within two seconds.
 */
export function findByCommand(
  store: ProcessStore,
  event: SecurityEvent,
  place: CommandPlace,
): Choice {
  const command = commandOf(event);
  if (command.arguments === null || command.names.length === 0) return null;
  const images = imagesWithCommand(store, { event, place, command });
  if (images === 'several') return 'several';
  const [first] = images;
  if (first === undefined) return null;
  const { node, process } = first;
  if (images.some((image) => image.process.pid !== process.pid || image.node !== node)) {
    return 'several';
  }
  const image = images.length === 1 ? first : chooseImage(images, event);
  if (image === null || image === 'several') return image;
  return isNear(image, event.time) && !looksLikeItsFork(image, event, command) ? image : null;
}

interface Question {
  readonly event: SecurityEvent;
  readonly place: CommandPlace;
  readonly command: AlertCommand;
}

/** All images that ran the command then, each once. */
function imagesWithCommand(store: ProcessStore, question: Question): ProcessEntry[] | 'several' {
  const { event, place, command } = question;
  const found: ProcessEntry[] = [];
  let compared = 0;
  for (const name of command.names) {
    const key = commandKey(place, name, command.arguments ?? '');
    const images = store.imagesOfCommand(event.cluster, key);
    // Some were left out, of which one may still run.
    if (images.length >= IMAGES_PER_COMMAND_MAX) return 'several';
    for (const image of images) {
      if (!isPossible(image, event, place) || found.includes(image)) continue;
      compared += 1;
      if (compared > COMPARED_MAX) return 'several';
      if (hasCommand(image, command) && !isElsewhere(image, command)) found.push(image);
    }
  }
  return found;
}

/** In the same place, at that time, and nothing else that both sensors tell speaks against it. */
function isPossible(image: ProcessEntry, event: SecurityEvent, place: CommandPlace): boolean {
  if (image.container !== place.container || !ranAround(image, event.time)) return false;
  if (place.container === HOST && image.node !== place.node) return false;
  return event.process === null || mayBe(image, event.process);
}

function mayBe(image: ProcessEntry, { containerPid, startTime }: ProcessFacts): boolean {
  const hasOtherPid = containerPid !== null && containerPid !== image.containerPid;
  if (hasOtherPid && image.containerPid !== null) return false;
  return startTime === null || isOfTask(image, startTime);
}

const isNear = (image: ProcessEntry, time: Micros): boolean =>
  Math.abs(ticksBetween(tickOf(time), image.seenTick)) <= NEAR_TICKS ||
  Math.abs(time - startOf(image)) <= NEAR_MICROS ||
  (image.endTime !== null && Math.abs(time - image.endTime) <= NEAR_MICROS);
