import type { Enrichment } from '../../model/batch.ts';
import type { NetworkFacts, SecurityEvent } from '../../model/security-event.ts';
import { classOfEvent, PROCESS_CREATION } from '../../lib/sigma/event-class.ts';
import { visibleText } from '../../lib/visible-text.ts';

const COMMAND_CHARS_MAX = 160;
const NAME_CHARS_MAX = 80;
const FILE_CHARS_MAX = 160;

/** The end of a sentence: where it happened. */
export const placeWords = (place: string): string => `in ${visibleText(place, FILE_CHARS_MAX)}`;

/**
 * One sentence of who did what where, such as `bash -i (child of nginx) ran in shop/web-1`. All of
 * it is the attacker's text, so nothing in it can move a cursor or hide. `where` comes from
 * `placeWords`.
 */
export const sentenceOf = (
  event: SecurityEvent,
  enrichment: Enrichment | null,
  where: string,
): string => `${actorOf(event, enrichment)} ${deedOf(event)} ${where}`;

function actorOf(event: SecurityEvent, enrichment: Enrichment | null): string {
  const command = commandOf(event);
  if (command === '') return 'an unknown process';
  const parent = event.parent?.binary || enrichment?.lineage?.ancestors[0]?.binary || '';
  const name = visibleText(baseName(parent), NAME_CHARS_MAX);
  return name === '' ? command : `${command} (child of ${name})`;
}

function commandOf(event: SecurityEvent): string {
  const process = event.process;
  if (process === null) return '';
  if (process.binary === '') return visibleText(process.commandLine, COMMAND_CHARS_MAX);
  const words = `${baseName(process.binary)} ${process.arguments}`.trimEnd();
  return visibleText(words, COMMAND_CHARS_MAX);
}

function deedOf(event: SecurityEvent): string {
  if ((classOfEvent(event) & PROCESS_CREATION) !== 0) return 'ran';
  if (event.kind === 'exit') return 'ended';
  const { network, file } = event;
  if (network !== null && network.destinationIp !== null) return connectedTo(network);
  if (file !== null && file !== '') return `touched ${visibleText(file, FILE_CHARS_MAX)}`;
  if (event.hook !== null) return `called ${visibleText(event.hook.functionName, NAME_CHARS_MAX)}`;
  return `set off Falco's rule "${visibleText(event.alert?.rule ?? '', NAME_CHARS_MAX)}"`;
}

function connectedTo({ destinationIp, destinationPort }: NetworkFacts): string {
  const port = destinationPort === null ? '' : ` port ${destinationPort}`;
  return `connected to ${visibleText(destinationIp ?? '', NAME_CHARS_MAX)}${port}`;
}

const baseName = (path: string): string => path.slice(path.lastIndexOf('/') + 1);
