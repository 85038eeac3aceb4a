import type { SecurityEvent } from '../../model/security-event.ts';
import { refuse } from './rule-error.ts';
import { text } from './rule-document.ts';
import type { YamlMap } from './yaml-documents.ts';

/** Kinds of events a logsource can ask for, as bits; an event can be of several. */
export const PROCESS_CREATION = 1;
const FILE_EVENT = 2;
const NETWORK_CONNECTION = 4;
const FALCO = 8;
const TETRAGON = 16;
const IMAGE_LOAD = 32;

const CATEGORIES: ReadonlyMap<string, number> = new Map([
  ['process_creation', PROCESS_CREATION],
  ['file_event', FILE_EVENT],
  ['network_connection', NETWORK_CONNECTION],
  ['image_load', IMAGE_LOAD],
]);
const SERVICES: ReadonlyMap<string, number> = new Map([
  ['falco', FALCO],
  ['tetragon', TETRAGON],
]);

/** Tetragon names system calls with their architecture in front: `__x64_sys_connect`. */
const ARCHITECTURES = ['', '__x64_', '__arm64_', '__ia32_'];
/** Kernel functions that open a connection, as Tetragon's policies hook them, in all spellings. */
const CONNECT_FUNCTIONS: ReadonlySet<string> = new Set([
  ...[
    'tcp_connect',
    'tcp_v4_connect',
    'tcp_v6_connect',
    'security_socket_connect',
    '__sys_connect',
    'sys_connect',
  ].flatMap((name) => ARCHITECTURES.map((prefix) => prefix + name)),
  // A tracepoint, a check of the security modules, and the event of its own that some agents send.
  'syscalls/sys_enter_connect',
  'socket_connect',
  'process_connect',
]);

/** The event classes a logsource asks for: all bits set must be set in the event. */
export function classOfLogsource(logsource: YamlMap): number {
  const product = text(logsource, 'product');
  const category = text(logsource, 'category');
  const service = text(logsource, 'service');
  const odd = Object.keys(logsource).find(
    (key) => !['product', 'category', 'service', 'definition'].includes(key),
  );
  if (odd !== undefined) refuse(`logsource: '${odd}' is not a known key`);
  if (product !== null && product !== 'linux') {
    refuse(`logsource: no sensor here reports product '${product}'`);
  }
  if (product === null && category === null) refuse('logsource names no category and no product');
  return classBit(CATEGORIES, 'category', category) | classBit(SERVICES, 'service', service);
}

function classBit(known: ReadonlyMap<string, number>, key: string, value: string | null): number {
  if (value === null) return 0;
  return known.get(value) ?? refuse(`logsource: no sensor here reports ${key} '${value}'`);
}

/** The words a logsource asks for these classes with. */
export const namesOfClass = (eventClass: number): string[] =>
  [...CATEGORIES, ...SERVICES].filter(([, bit]) => (eventClass & bit) !== 0).map(([name]) => name);

/** The classes an event is of, as bits. */
export function classOfEvent(event: SecurityEvent): number {
  if (event.kind === 'exec') return TETRAGON | PROCESS_CREATION;
  if (event.kind === 'alert') return FALCO | classOfAlert(event);
  if (event.kind === 'exit') return TETRAGON;
  if (event.kind === 'loader') return TETRAGON | IMAGE_LOAD;
  const { hook } = event;
  const isConnect = hook !== null && CONNECT_FUNCTIONS.has(hook.functionName);
  return TETRAGON | (isConnect ? NETWORK_CONNECTION : 0) | (event.file === null ? 0 : FILE_EVENT);
}

function classOfAlert(event: SecurityEvent): number {
  // An entry of a log is no process, file or connection of Linux, whatever it is about.
  if (event.target !== null) return 0;
  const type = event.alert?.fields.get('evt.type');
  if (type === 'execve' || type === 'execveat') return PROCESS_CREATION;
  if (type === 'connect') return NETWORK_CONNECTION;
  return event.file?.startsWith('/') === true ? FILE_EVENT : 0;
}
