import type { JsonObject } from '../lib/json-object.ts';
import { framed, lengthPrefix } from '../lib/stable-id.ts';
import { type Micros, MICROS_PER_SECOND } from '../model/micros.ts';
import { type ExactIntegers, mayBeRounded } from './falco/exact-integers.ts';
import type { RawFields } from './falco/field-shape.ts';
import { canonicalJson } from './json-value.ts';
import type { OwnTime } from './order-time.ts';
import type { Reading } from './reading.ts';
import type { RawPayload } from './tetragon/raw-event.ts';

/**
 * What makes two events one event, as text of framed parts that `stableIdOf` takes. The lists are
 * published in docs/EVENT_IDS.md: changing one changes the ids of all events of that sensor.
 */

const TETRAGON = framed('tetragon');
const FALCO = framed('falco');
/** Function, policy and action of what is no kprobe; signal and status of what is no exit. */
const NO_KPROBE = framed('') + framed('') + framed('');
const NO_EXIT = framed('') + framed('0');
const QUOTE = '"';
const ABSENT = framed(canonicalJson(undefined));
/** The reference count differs between copies of one event. */
const TETRAGON_VOLATILE = new Set(['refcnt']);

/** Without a time of its own, everything in the record identifies a Tetragon event. */
export const tetragonRecordIdentity = (cluster: string, root: JsonObject): string =>
  TETRAGON + framed(cluster) + framed(canonicalJson(root, TETRAGON_VOLATILE));

/** What identifies a Tetragon event beside what was read of it. */
interface TetragonRest {
  /** As `scalarText` gives it. */
  readonly tid: string;
  readonly payload: RawPayload;
}

/** With a time: where, when, what kind, which process and thread, and what the hook saw. */
export function tetragonIdentity(
  cluster: string,
  reading: Reading,
  { tid, payload }: TetragonRest,
): string {
  const { kind, process, hook, exit } = reading;
  const image = process?.execId ?? `${String(process?.pid)}@${String(process?.startTime)}`;
  const what = framed(kind) + framed(image) + framed(tid);
  const args = framedJson(payload.args) + framedJson(payload.return);
  const end = exit === null ? NO_EXIT : framed(exit.signal ?? '') + framed(String(exit.status));
  return (
    placeAndTime(cluster, reading) + what + framedCall(hook) + args + end + restOf(kind, payload)
  );
}

const framedCall = (hook: Reading['hook']): string =>
  hook === null
    ? NO_KPROBE
    : framed(hook.functionName) + framed(hook.policyName ?? '') + framed(hook.action ?? '');

const placeAndTime = (cluster: string, { node, time }: Reading): string =>
  TETRAGON + framed(cluster) + framed(node) + framed(timeKey(time));

/** What else tells two events of the later kinds apart: the hooked place and what was found there. */
function restOf(kind: Reading['kind'], payload: RawPayload): string {
  if (kind === 'exec' || kind === 'exit' || kind === 'kprobe') return '';
  if (kind === 'other') return framedMembers(payload as JsonObject, NO_MEMBERS_OF_ITS_OWN);
  let text = '';
  for (const member of MEMBERS_OF_A_HOOK) {
    const value = payload[member];
    text += framed(value === undefined ? '' : scalarText(value));
  }
  return text;
}

const MEMBERS_OF_A_HOOK = [
  'subsys',
  'event',
  'path',
  'symbol',
  'offset',
  'ref_ctr_offset',
  'provider',
  'name',
  'flags',
  'ima_hash',
  'buildid',
  'data',
] as const satisfies readonly (keyof RawPayload)[];
/** They stand elsewhere in the identity, or are copies of what the process's own events say. */
const NO_MEMBERS_OF_ITS_OWN: ReadonlySet<string> = new Set(['process', 'parent', 'ancestors']);

/** Of a message about Tetragon itself, everything counts. */
export const tetragonHealthIdentity = (
  cluster: string,
  reading: Reading,
  { member, payload }: { readonly member: string; readonly payload: JsonObject },
): string =>
  placeAndTime(cluster, reading) +
  framed(reading.kind) +
  framed(member) +
  framedMembers(payload, new Set());

/** All members of an object by name, but some. */
function framedMembers(object: JsonObject, but: ReadonlySet<string>): string {
  let text = '';
  for (const key of Object.keys(object).toSorted()) {
    if (!but.has(key)) text += framed(key) + framedJson(object[key]);
  }
  return text;
}

const framedJson = (value: unknown): string =>
  value === undefined ? ABSENT : framed(canonicalJson(value));

/** A number reads the same whether an encoder wrote it bare or as text. */
export const scalarText = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : canonicalJson(value);

/** New per delivery, or a rendering of what stands elsewhere. */
const FALCO_VOLATILE = new Set(['uuid', 'output', 'message', 'tags']);

/** Without a time of its own, everything in the record identifies an alert, but what is volatile. */
export function falcoRecordIdentity(cluster: string, root: JsonObject): string {
  let text = FALCO + framed(cluster);
  for (const key of Object.keys(root).toSorted()) {
    if (!FALCO_VOLATILE.has(key)) text += framed(key) + framed(canonicalJson(root[key]));
  }
  return text;
}

/** What identifies an alert beside where and when it happened. */
interface FalcoRest {
  readonly source: string;
  readonly rule: string;
  readonly fields: RawFields | null;
  readonly exact: ExactIntegers;
}

/** With a time: where, when, which rule, and all output fields that are present and no times. */
export function falcoIdentity(
  cluster: string,
  { node, time }: Reading,
  { source, rule, fields, exact }: FalcoRest,
): string {
  const where = FALCO + framed(cluster) + framed(node);
  let text = where + framed(timeKey(time)) + framed(source) + framed(rule);
  if (fields === null) return text;
  for (const { key, place, framedKey } of fields.shape.identifying) {
    const value = fields.values[place];
    if (isMissing(value)) continue;
    // A text counts with a quote in front, so that it never equals a number.
    if (typeof value === 'string') {
      text += framedKey + lengthPrefix(value.length + 1) + QUOTE + value;
      continue;
    }
    const digits = mayBeRounded(value) ? exact.textOf(key, value) : null;
    text += framedKey + framed(digits ?? canonicalJson(value));
  }
  return text;
}

/** Falco and the programs behind it write an absent value in three ways. */
export const isMissing = (value: unknown): boolean =>
  value === null || value === undefined || value === '' || value === '<NA>';

const timeKey = (time: OwnTime | null): string =>
  time === null ? '' : `${microsText(time.micros)}.${String(time.nanos)}`;

/** `000` to `999`. */
const THREE_DIGITS: readonly string[] = Array.from({ length: 1000 }, (_, number) =>
  String(number).padStart(3, '0'),
);

/** The decimal text of a time, put together from pieces that need not be made anew. */
function microsText(micros: Micros): string {
  const seconds = Math.floor(micros / MICROS_PER_SECOND);
  if (seconds === 0) return String(micros);
  const rest = micros - seconds * MICROS_PER_SECOND;
  const millis = Math.floor(rest / 1000);
  return (
    String(seconds) + (THREE_DIGITS[millis] ?? '') + (THREE_DIGITS[rest - millis * 1000] ?? '')
  );
}
