import type { Enrichment } from '../../model/batch.ts';
import type { EventKind, NetworkFacts, SecurityEvent } from '../../model/security-event.ts';
import { classOfEvent, PROCESS_CREATION } from '../../lib/sigma/event-class.ts';
import { visibleText } from '../../lib/visible-text.ts';
import { targetDeed } from './target-sentence.ts';

const COMMAND_CHARS_MAX = 160;
const NAME_CHARS_MAX = 80;
const FILE_CHARS_MAX = 160;
/** Types of events that some agents send of connections. */
const LISTEN = 'process_listen';
const CLOSE = 'process_close';
const HOOK_VERBS: ReadonlyMap<EventKind, string> = new Map([
  ['tracepoint', 'reached the tracepoint'],
  ['usdt', 'reached the probe'],
  ['lsm', 'was checked by'],
  ['other', 'sent the event'],
]);

/** The end of a sentence: where it happened. */
export const placeWords = (place: string): string => `in ${visibleText(place, FILE_CHARS_MAX)}`;

/**
 * One sentence of who did what where, such as `bash -i (child of nginx) ran in shop/web-1`. All of
 * it is the attacker's text, so nothing in it can move a cursor or hide. `where` is made by
 * `placeWords` or `targetPlaceWords`.
 */
export function sentenceOf(
  event: SecurityEvent,
  enrichment: Enrichment | null,
  where: string,
): string {
  if (event.target === null) return `${actorOf(event, enrichment)} ${deedOf(event)} ${where}`;
  return `${targetDeed(event, event.target, enrichment)} ${where}`.trimEnd();
}

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
  const connection = event.network === null ? null : connectionDeed(event, event.network);
  if (connection !== null) return connection;
  if (event.file !== null && event.file !== '') {
    const verb = event.kind === 'loader' ? 'loaded' : 'touched';
    return `${verb} ${visibleText(event.file, FILE_CHARS_MAX)}`;
  }
  if (event.hook !== null) return hookDeed(event.kind, event.hook.functionName);
  return `set off Falco's rule "${visibleText(event.alert?.rule ?? '', NAME_CHARS_MAX)}"`;
}

/** Null if the event names no other end, and is not about waiting for one. */
function connectionDeed({ hook }: SecurityEvent, network: NetworkFacts): string | null {
  const { sourceIp, sourcePort, destinationIp, destinationPort } = network;
  if (hook?.functionName === LISTEN) {
    return `waited for connections on ${addressOf(sourceIp ?? '', sourcePort)}`;
  }
  if (destinationIp === null) return null;
  const verb = hook?.functionName === CLOSE ? 'ended its connection to' : 'connected to';
  return `${verb} ${addressOf(destinationIp, destinationPort)}`;
}

const addressOf = (ip: string, port: number | null): string =>
  `${visibleText(ip, NAME_CHARS_MAX)}${port === null ? '' : ` port ${port}`}`;

const hookDeed = (kind: EventKind, name: string): string =>
  `${HOOK_VERBS.get(kind) ?? 'called'} ${visibleText(name, NAME_CHARS_MAX)}`;

const baseName = (path: string): string => path.slice(path.lastIndexOf('/') + 1);
