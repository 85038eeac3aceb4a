import { type JsonObject, asObject } from '../json-object.ts';
import { Buffer } from 'node:buffer';
import { type CarrierFacts, factsOf, NO_FACTS } from './carrier-facts.ts';
import { describeMembers } from './describe-members.ts';
import { readLinePrefix } from './line-prefix.ts';

export type Unwrapped =
  | {
      readonly kind: 'event';
      readonly event: JsonObject;
      /** The JSON text it was read from, if it was carried as text. */
      readonly text: string | null;
      readonly facts: CarrierFacts;
    }
  /** The carrier brings a line of a log that is no JSON. */
  | { readonly kind: 'line'; readonly text: string }
  /** No event; `detail` is a sentence that names what was found instead. */
  | { readonly kind: 'nothing'; readonly isDamaged: boolean; readonly detail: string };

/** How whoever unwraps judges. */
export interface UnwrapRules {
  /** Is this object an event as a sensor writes it? */
  readonly isEvent: (object: JsonObject) => boolean;
  /** Value of JSON text; undefined if it is none, or nests too deep. */
  readonly parse: (text: string) => unknown;
}

/** Envelopes within each other. A line's prefix and a pair with a time do not count. */
const DEPTH_MAX = 2;
/**
 * Members in which carriers put what they carry, as an object or as text: Docker and Fluent Bit
 * (`log`, `log_processed`), Vector, Filebeat and Logstash (`message`), journald (`MESSAGE`), Splunk's
 * collector (`event`), CloudEvents (`data`, and as base64 `data_base64`), queues (`payload`, `body`).
 * An agent's own log in JSON has its text in `msg`.
 */
const MEMBERS = [
  'log_processed',
  'log',
  'message',
  'MESSAGE',
  'payload',
  'event',
  'data',
  'data_base64',
  'body',
  'msg',
] as const;
const BINARY_MEMBER = 'data_base64';
/** Members that tell a carrier's line of a log from any other object with a `message`. */
const LOG_MARKS = [
  'stream',
  'logtag',
  'kubernetes',
  'source_type',
  'timestamp',
  '@timestamp',
  'time',
  'date',
  'container_name',
  '_SYSTEMD_UNIT',
  'PRIORITY',
  'file',
  'level',
  'severity',
] as const;

interface Level {
  readonly rules: UnwrapRules;
  /** Names of the members that lead here. */
  readonly path: readonly string[];
  readonly facts: CarrierFacts;
  /** The JSON text that the object was read from. */
  readonly text: string | null;
}

/**
 * Looks for the event in a carrier's envelope: a fixed list of members, envelopes at most two deep,
 * texts with or without a line's prefix. `{"type":"process_exec","payload":{…}}` is put together to
 * what Tetragon itself writes.
 */
export const unwrap = (envelope: JsonObject, rules: UnwrapRules): Unwrapped =>
  openObject(envelope, { rules, path: [], facts: NO_FACTS, text: null });

/**
 * `[time, event]`, as Fluent Bit and Fluentd pass records on; also with metadata or a tag. Null if
 * the list is no such thing.
 */
export function unwrapPair(list: readonly unknown[], rules: UnwrapRules): Unwrapped | null {
  const event = asObject(list.at(-1));
  const heads = list.slice(0, -1);
  if (event === null || heads.length === 0 || heads.length > 2 || !heads.every(isTagOrTime)) {
    return null;
  }
  const time = heads.flat().find((value) => typeof value === 'number');
  return openObject(event, { rules, path: [], facts: factsOf({ time }, NO_FACTS), text: null });
}

const isTagOrTime = (value: unknown): boolean =>
  typeof value === 'number' ||
  typeof value === 'string' ||
  (Array.isArray(value) && typeof value[0] === 'number');

function openObject(object: JsonObject, level: Level): Unwrapped {
  const { rules, path, text } = level;
  if (rules.isEvent(object)) return { kind: 'event', event: object, text, facts: level.facts };
  if (path.length === DEPTH_MAX) {
    const place = path.join('.');
    return nothing(`Behind "${place}" there is no event, and only two envelopes are opened.`);
  }
  const facts = factsOf(object, level.facts);
  const typed = typedEvent(object);
  if (typed !== null && rules.isEvent(typed)) return { kind: 'event', event: typed, text, facts };
  return openMembers(object, { ...level, facts });
}

/** The event of the first member that has one; else the most telling of what they have. */
function openMembers(object: JsonObject, level: Level): Unwrapped {
  const isLog = LOG_MARKS.some((mark) => object[mark] !== undefined);
  let best: Unwrapped | null = null;
  for (const name of MEMBERS) {
    const value = object[name];
    if (value === undefined || value === null) continue;
    const found = openValue(value, { ...level, path: [...level.path, name] });
    if (found?.kind === 'event') return found;
    if (found === null || (found.kind === 'line' && !isLog)) continue;
    if (best === null || rank(found) > rank(best)) best = found;
  }
  if (best !== null) return best;
  const place = `${placeOf(level.path)} has ${describeMembers(object)}`;
  return nothing(`${place}: neither a Falco alert nor a Tetragon event.`);
}

/** A damaged event is lost, and that must be said; a line of a log beside it is none. */
function rank(found: Unwrapped): number {
  if (found.kind === 'line') return 2;
  return found.kind === 'nothing' && found.isDamaged ? 3 : 1;
}

/** Null if the value can hold no event. */
function openValue(value: unknown, level: Level): Unwrapped | null {
  if (typeof value === 'string') {
    const isBinary = level.path.at(-1) === BINARY_MEMBER;
    return openText(isBinary ? Buffer.from(value, 'base64').toString('utf8') : value, level);
  }
  if (Array.isArray(value)) {
    const place = placeOf(level.path);
    return nothing(`${place} is a list of ${value.length}; send its events one by one.`);
  }
  const object = asObject(value);
  return object === null ? null : openObject(object, level);
}

function openText(value: string, level: Level): Unwrapped {
  const { content, time } = withoutPrefix(value);
  if (!content.startsWith('{')) return { kind: 'line', text: value };
  const object = asObject(level.rules.parse(content));
  if (object === null) {
    const place = placeOf(level.path);
    const detail = content.endsWith('}')
      ? `${place} begins like an event but is no valid JSON.`
      : `${place} is an event that was cut before it came here.`;
    return { kind: 'nothing', isDamaged: true, detail };
  }
  const facts = { ...level.facts, time: time ?? level.facts.time };
  return openObject(object, { ...level, facts, text: content });
}

function withoutPrefix(value: string): { content: string; time: string | null } {
  const content = value.trim();
  if (content.startsWith('{')) return { content, time: null };
  const bytes = Buffer.from(content);
  const prefix = readLinePrefix(bytes);
  if (prefix === null) return { content, time: null };
  return { content: bytes.toString('utf8', prefix.contentAt), time: prefix.time };
}

const EVENT_TYPE = /^(?:process_\w{1,64}|rate_limit_info|test)$/;

/** `{"time", "node_name", "type", "payload"}` as Tetragon writes it; null if it is no such thing. */
function typedEvent(object: JsonObject): JsonObject | null {
  const { type, payload } = object;
  const inner = asObject(payload);
  if (typeof type !== 'string' || !EVENT_TYPE.test(type) || inner === null) return null;
  // The payload may also be the whole event.
  if (inner[type] !== undefined) return null;
  const { time, node_name } = object;
  return {
    [type]: inner,
    ...(node_name === undefined ? {} : { node_name }),
    ...(time === undefined ? {} : { time }),
  };
}

const placeOf = (path: readonly string[]): string =>
  path.length === 0 ? 'The record' : `The member "${path.join('.')}"`;

const nothing = (detail: string): Unwrapped => ({ kind: 'nothing', isDamaged: false, detail });
