// Where lists of events begin: lists by themselves, and those within an envelope.
import { isFalcoShape } from '../lib/falco-members.ts';
import { tetragonMember } from '../lib/tetragon-members.ts';
import {
  CLOSE_LIST,
  CLOSE_OBJECT,
  COLON,
  COMMA,
  isBlank,
  OPEN_LIST,
  OPEN_OBJECT,
  QUOTE,
  skipBlanks,
  textEnd,
} from './json-bytes.ts';

/** Members in which senders put a list of events. */
const LIST_NAMES = ['"events"', '"records"', '"logs"', '"messages"'].map((name) =>
  Buffer.from(name),
);

/**
 * Index of the first byte in the list of `{"events":[`, which begins at `at`; -1 if it is none, and
 * `unknown` if the bytes end before that can be told.
 */
export function openingOfEnvelope(bytes: Buffer, at: number, end: number): number | 'unknown' {
  const nameAt = skipBlanks(bytes, at + 1, end);
  if (nameAt === end) return 'unknown';
  const name = LIST_NAMES.find((candidate) => bytes[nameAt + 1] === candidate[1]);
  if (bytes[nameAt] !== QUOTE) return -1;
  if (name === undefined) return nameAt + 1 < end ? -1 : 'unknown';
  for (let index = 0; index < name.length; index += 1) {
    if (nameAt + index === end) return 'unknown';
    if (bytes[nameAt + index] !== name[index]) return -1;
  }
  return openingOfMember(bytes, nameAt + name.length, end);
}

/** Behind a member's name: where its list begins. */
function openingOfMember(bytes: Buffer, at: number, end: number): number | 'unknown' {
  const colon = skipBlanks(bytes, at, end);
  if (colon < end && bytes[colon] !== COLON) return -1;
  const value = skipBlanks(bytes, colon + 1, end);
  if (value >= end) return 'unknown';
  return bytes[value] === OPEN_LIST ? value + 1 : -1;
}

/**
 * The same for a member further behind, in an object that is there as a whole; -1 if it has none, or
 * is an event itself.
 */
export function listInObject(bytes: Buffer, at: number, end: number): number {
  const object = bytes.subarray(at, end);
  if (!LIST_NAMES.some((name) => object.includes(name))) return -1;
  let depth = 0;
  for (let next = 0; next < object.length; next += 1) {
    const byte = object[next];
    if (byte === QUOTE) {
      const close = textEnd(object, next, object.length);
      const opening =
        depth === 1 && isListName(object, next, close) ? listBehind(object, close) : -1;
      if (opening !== -1) return isEvent(object) ? -1 : at + opening;
      next = close;
    } else depth += depthChange(byte ?? 0);
  }
  return -1;
}

const isListName = (object: Buffer, from: number, close: number): boolean =>
  LIST_NAMES.some((name) => object.subarray(from, close + 1).equals(name));

function listBehind(object: Buffer, quoteAt: number): number {
  const opening = openingOfMember(object, quoteAt + 1, object.length);
  return opening === 'unknown' ? -1 : opening;
}

const PAIR_MEMBERS_MAX = 3;

/**
 * Is the line, which begins with `[`, a list whose members are records? Not a pair of a time and an
 * event, which is one record by itself, nor text that only looks like a list.
 */
export function isListOfRecords(bytes: Buffer, at: number, end: number): boolean {
  const firsts = memberStarts(bytes, at, end);
  if (firsts === null) return false;
  const isPair =
    firsts.length <= PAIR_MEMBERS_MAX &&
    firsts.at(-1) === OPEN_OBJECT &&
    !firsts.slice(0, -1).includes(OPEN_OBJECT);
  return !isPair && (firsts.includes(OPEN_OBJECT) || firsts.every((first) => first === OPEN_LIST));
}

/** First bytes of a list's members; null if the list does not end with the line. */
function memberStarts(bytes: Buffer, at: number, end: number): number[] | null {
  const starts: number[] = [];
  let depth = 0;
  let expectsMember = false;
  for (let next = at; next < end; next += 1) {
    const byte = bytes[next] ?? 0;
    if (expectsMember && !isBlank(byte)) {
      starts.push(byte);
      expectsMember = false;
    }
    if (byte === QUOTE) next = textEnd(bytes, next, end);
    else depth += depthChange(byte);
    if (depth === 0) return skipBlanks(bytes, next + 1, end) === end ? starts : null;
    if (depth === 1 && (byte === COMMA || next === at)) expectsMember = true;
  }
  return null;
}

function depthChange(byte: number): number {
  if (byte === OPEN_OBJECT || byte === OPEN_LIST) return 1;
  return byte === CLOSE_OBJECT || byte === CLOSE_LIST ? -1 : 0;
}

/** How what sensors write mostly begins, by its third byte. */
const EVENT_STARTS: (Buffer | undefined)[] = [];
for (const start of ['{"process_', '{"hostname"', '{"output', '{"uuid"']) {
  EVENT_STARTS[start.charCodeAt(2)] = Buffer.from(start);
}

/** Does an event of a sensor begin here, which is never the envelope of a list? */
export function isTold(bytes: Buffer, start: number): boolean {
  const expected = EVENT_STARTS[bytes[start + 2] ?? 0];
  if (expected === undefined) return false;
  for (let at = 0; at < expected.length; at += 1) {
    if (bytes[start + at] !== expected[at]) return false;
  }
  return true;
}

/** Is the object an event itself, whatever lists it has among its members? */
function isEvent(object: Buffer): boolean {
  try {
    const root = JSON.parse(object.toString('utf8')) as Readonly<Record<string, unknown>>;
    return tetragonMember(root) !== null || isFalcoShape(root);
  } catch {
    return false;
  }
}
