import { type JsonObject, asObject } from '../lib/json-object.ts';
import { LIMITS } from '../config/limits.ts';
import { factsOf, NO_FACTS } from '../lib/carrier/carrier-facts.ts';
import { readLinePrefix } from '../lib/carrier/line-prefix.ts';
import { namesNode, withNode } from '../lib/carrier/names-node.ts';
import { unwrap, unwrapPair, type Unwrapped, type UnwrapRules } from '../lib/carrier/unwrap.ts';
import { isFalcoShape } from '../lib/falco-members.ts';
import { isAboutItself } from '../lib/falco/about-itself.ts';
import { alertSource, fieldNames, isLogEntry } from '../lib/falco/log-family.ts';
import { betterNode, isOwnName } from '../lib/falco/node-name.ts';
import { requestedObject } from '../lib/falco/requested-object.ts';
import { hookName, tetragonKindOf, tetragonMember } from '../lib/tetragon-members.ts';
import { MICROS_PER_MS, type Micros } from '../model/micros.ts';
import type { SensorName } from '../model/origin.ts';
import { capText } from './search-text.ts';

/**
 * What a raw record says of itself, read by the rules of the sensors, since the journal's index
 * holds what they read. For listing only; nothing is judged by it.
 */
export interface PeekedEvent {
  readonly sensor: SensorName;
  readonly kind: string;
  readonly time: Micros | null;
  readonly node: string;
  readonly namespace: string | null;
  readonly pod: string | null;
  readonly podUid: string | null;
  /** Id as the sensor wrote it, without a scheme. */
  readonly container: string | null;
  readonly texts: readonly string[];
}

/** What is an event, as for the sensors. */
const RULES: UnwrapRules = {
  isEvent: (object) => tetragonMember(object) !== null || isFalcoShape(object),
  parse: parseJson,
};

/** Reads a sensor's record, also inside a carrier's envelope; null if it is none. */
export function peekEvent(bytes: Buffer): PeekedEvent | null {
  const prefix = readLinePrefix(bytes);
  const value = parseJson(bytes.subarray(prefix?.contentAt ?? 0).toString('utf8'));
  const opened = Array.isArray(value) ? unwrapPair(value, RULES) : openObject(asObject(value));
  if (opened?.kind !== 'event') return null;
  const { event, facts } = opened;
  const member = tetragonMember(event);
  const { node } = facts;
  const named = node === null || namesNode(event, member) ? event : withNode(event, member, node);
  const peeked = member === null ? peekFalco(named) : peekTetragon(named, member);
  return { ...peeked, time: peeked.time ?? parseTime(facts.time ?? prefix?.time) };
}

/** The event of a record; one that is no envelope may have its carrier's members among its own. */
function openObject(object: JsonObject | null): Unwrapped | null {
  if (object === null) return null;
  if (!RULES.isEvent(object)) return unwrap(object, RULES);
  const facts = object['kubernetes'] === undefined ? NO_FACTS : factsOf(object, NO_FACTS);
  return { kind: 'event', event: object, text: null, facts };
}

/** What of an event can be searched for, each text cut to its limit. */
export const peekedSearchText = (event: PeekedEvent | null): string =>
  (event?.texts ?? []).map((text) => capText(text, LIMITS.evidenceFieldBytesMax)).join('\n');

const textReader = { text: (value: unknown): string => asText(value) };

function peekTetragon(object: JsonObject, member: string): PeekedEvent {
  const kind = tetragonKindOf(member);
  const body = asObject(object[member]) ?? {};
  const subject = asObject(body['process']) ?? {};
  const hasHook = kind !== 'exec' && kind !== 'exit' && kind !== 'health';
  return {
    sensor: 'tetragon',
    kind,
    time: parseTime(object['time']) ?? fallbackTime(kind, body, subject),
    node: asText(object['node_name']),
    ...(kind === 'health' ? NO_PLACE : tetragonPod(subject)),
    texts: texts([
      [subject['binary'], subject['arguments']].filter(isText).join(' '),
      hasHook ? hookName(member, body, textReader) : null,
      body['path'],
      body['cgroup'],
      asObject(body['parent'])?.['binary'],
    ]),
  };
}

/** An exit may time itself, an exec happens when its process starts. */
function fallbackTime(kind: string, body: JsonObject, subject: JsonObject): Micros | null {
  if (kind === 'exit') return parseTime(body['time']);
  return kind === 'exec' ? parseTime(subject['start_time']) : null;
}

function tetragonPod(subject: JsonObject) {
  const pod = asObject(subject['pod']);
  const container = asObject(pod?.['container']);
  const id = bareId(asText(container?.['id'])) || bareId(asText(subject['docker']));
  const named = podNamed(pod?.['namespace'], pod?.['name'], pod?.['uid']);
  return { ...(named ?? NO_POD), container: id === '' ? null : id };
}

function peekFalco(object: JsonObject): PeekedEvent {
  const rule = object['rule'];
  const fields = asObject(object['output_fields']) ?? {};
  const isHealth = isAboutItself(rule, object['source']);
  const hostname = asText(object['hostname']);
  const isBare = hostname === '' || isOwnName(hostname);
  return {
    sensor: 'falco',
    kind: isHealth ? 'health' : 'alert',
    time: parseTime(object['time']),
    node: isBare ? betterNode(hostname, falcoText(fields, 'evt.hostname')) : hostname,
    ...(isHealth ? NO_PLACE : falcoPlace(asText(object['source']), fields)),
    texts: texts([rule, object['output'], fields['proc.cmdline'], fields['fd.name']]),
  };
}

const falcoText = (fields: JsonObject, key: string): string =>
  fields[key] === MISSING ? '' : asText(fields[key]);

/** The pod that an entry of a log is about, else the pod and the container an alert names. */
function falcoPlace(written: string, fields: JsonObject) {
  const text = (key: string): string => falcoText(fields, key);
  const keys = Object.keys(fields);
  const names = fieldNames(keys);
  if (isLogEntry(alertSource(written, names), names)) {
    if (names.family !== 'kubernetes') return NO_PLACE;
    const { namespace, podName } = requestedObject(text, keys);
    return { ...(podNamed(namespace, podName, null) ?? NO_POD), container: null };
  }
  const pod =
    podNamed(text('k8s.ns.name'), text('k8s.pod.name'), text('k8s.pod.uid')) ??
    podNamed(text('k8smeta.ns.name'), text('k8smeta.pod.name'), text('k8smeta.pod.uid'));
  const container = falcoContainer(text('container.id'), text('container.full_id'));
  return { ...(pod ?? NO_POD), container };
}

/** What Falco writes where a value is missing, and as container id for what runs in none. */
const MISSING = '<NA>';
const HOST = 'host';
const SCHEME_END = '://';
const NO_POD = { namespace: null, pod: null, podUid: null };
const NO_PLACE = { ...NO_POD, container: null };

/** A pod counts as named only with both, its namespace and its name. */
function podNamed(namespaceValue: unknown, nameValue: unknown, uidValue: unknown) {
  const namespace = asText(namespaceValue);
  const pod = asText(nameValue);
  if (namespace === '' || pod === '') return null;
  const uid = asText(uidValue);
  return { namespace, pod, podUid: uid === '' ? null : uid };
}

/** On the host there is no container, whatever else is said. */
function falcoContainer(short: string, full: string): string | null {
  if (short === HOST) return null;
  const id = bareId(full === '' ? short : full);
  return (full === '' ? short : full) === '' ? null : id;
}

const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';

const texts = (values: readonly unknown[]): readonly string[] => values.filter(isText);

function bareId(id: string): string {
  const scheme = id.indexOf(SCHEME_END);
  return (scheme === -1 ? id : id.slice(scheme + SCHEME_END.length)).toLowerCase();
}

/**
 * Text as the sensors read a field, '' if there is none: without NUL and no longer than the cap.
 * Halves of surrogate pairs are replaced, since the database can not hold them either.
 */
function asText(value: unknown): string {
  if (typeof value !== 'string') return '';
  const text = value.includes('\0') ? value.replaceAll('\0', '') : value;
  if (text.length <= LIMITS.fieldCharsMax) return text.toWellFormed();
  const last = text.charCodeAt(LIMITS.fieldCharsMax - 1);
  const splitsPair = last >= 0xd800 && last <= 0xdbff;
  return text.slice(0, LIMITS.fieldCharsMax - (splitsPair ? 1 : 0)).toWellFormed();
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** ISO 8601 with up to nine fraction digits; what lies below the microsecond is cut. */
function parseTime(value: unknown): Micros | null {
  if (typeof value !== 'string') return null;
  const ms = Date.parse(value);
  if (Number.isNaN(ms) || ms < 0) return null;
  const fraction = /\.(\d+)/.exec(value)?.[1] ?? '';
  const belowMs = Number(fraction.padEnd(6, '0').slice(3, 6));
  return ms * MICROS_PER_MS + belowMs;
}
