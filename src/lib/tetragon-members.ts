import type { JsonObject } from './json-object.ts';
import type { EventKind } from '../model/security-event.ts';

type MemberKind = Exclude<EventKind, 'alert'>;

/**
 * The members of a record that hold Tetragon's event, and the kinds they stand for. A record has
 * one of them; should it have several, the first here counts, whatever order they were written in.
 */
const MEMBERS: readonly (readonly [string, MemberKind])[] = [
  ['process_exec', 'exec'],
  ['process_kprobe', 'kprobe'],
  ['process_exit', 'exit'],
  ['process_tracepoint', 'tracepoint'],
  ['process_lsm', 'lsm'],
  ['process_uprobe', 'uprobe'],
  ['process_usdt', 'usdt'],
  ['process_loader', 'loader'],
  ['process_throttle', 'health'],
  ['rate_limit_info', 'health'],
];
const NAMES: readonly string[] = MEMBERS.map(([name]) => name);
const KINDS: ReadonlyMap<string, MemberKind> = new Map(MEMBERS);
/** Too common a word to say whose record it is, unless the record names its node. */
const TEST = 'test';
const OTHER_PREFIX = 'process_';

/** The member of a record that holds Tetragon's event; null if it is not Tetragon's. */
export function tetragonMember(root: JsonObject): string | null {
  for (const name of NAMES) if (root[name] !== undefined) return name;
  let other: string | null = null;
  for (const key in root) {
    if (!key.startsWith(OTHER_PREFIX) || !isObject(root[key])) continue;
    if (other === null || key < other) other = key;
  }
  if (other !== null) return other;
  return root['node_name'] !== undefined && isObject(root[TEST]) ? TEST : null;
}

/** The kind of event that a member holds; `other` for a type that came with a later version. */
export const tetragonKindOf = (member: string): MemberKind =>
  KINDS.get(member) ?? (member === TEST ? 'health' : 'other');

/** Reads a field, '' if it has no text. */
interface TextReader {
  text(value: unknown): string;
}

/**
 * What an event names as the place where it was seen: its function or symbol, `+offset` of an uprobe
 * that names no symbol, `subsystem/event` of a tracepoint, `provider:name` of a USDT probe. An event without such a place has the name of its
 * type, such as `process_loader`.
 */
export function hookName(member: string, payload: JsonObject, reader: TextReader): string {
  switch (member) {
    case 'process_kprobe':
    case 'process_lsm':
      return reader.text(payload['function_name']);
    case 'process_uprobe':
      return reader.text(payload['symbol']) || placeInFile(payload['offset'], reader);
    case 'process_tracepoint':
      return joined(reader.text(payload['subsys']), '/', reader.text(payload['event']));
    case 'process_usdt':
      return joined(reader.text(payload['provider']), ':', reader.text(payload['name']));
    default:
      return member;
  }
}

/** An uprobe has a symbol or a place in its file. */
function placeInFile(offset: unknown, reader: TextReader): string {
  const text = typeof offset === 'number' ? String(offset) : reader.text(offset);
  return text === '' ? '' : `+${text}`;
}

/** Two names, or the one that is there. */
const joined = (first: string, between: string, second: string): string =>
  first === '' || second === '' ? first + second : first + between + second;

const isObject = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
