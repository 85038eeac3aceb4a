import { LIMITS } from '../config/limits.ts';
import { MICROS_PER_MS, type Micros } from '../model/micros.ts';
import type { SensorName } from '../model/origin.ts';
import { capText } from './search-text.ts';

/** What a raw record says of itself at first sight. For listing only; nothing is judged by it. */
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

type Json = Readonly<Record<string, unknown>>;

/** Members in which log carriers put the event they carry. */
const ENVELOPES = ['log', 'message', 'MESSAGE', 'body', 'payload', 'event', 'data'];
const ENVELOPE_DEPTH_MAX = 2;

/** Reads a sensor's record, also inside a carrier's envelope; null if it is none. */
export function peekEvent(bytes: Buffer): PeekedEvent | null {
  const text = bytes.toString('utf8');
  const start = text.indexOf('{');
  return start === -1 ? null : peekObject(parseObject(text.slice(start)), 0);
}

/** What of an event can be searched for, each text cut to its limit. */
export const peekedSearchText = (event: PeekedEvent | null): string =>
  (event?.texts ?? []).map((text) => capText(text, LIMITS.evidenceFieldBytesMax)).join('\n');

function peekObject(object: Json | null, depth: number): PeekedEvent | null {
  if (object === null) return null;
  const found = peekTetragon(object) ?? peekFalco(object);
  if (found !== null || depth === ENVELOPE_DEPTH_MAX) return found;
  for (const name of ENVELOPES) {
    const inner = object[name];
    const carried = typeof inner === 'string' ? parseObject(inner) : asObject(inner);
    const peeked = peekObject(carried, depth + 1);
    if (peeked !== null) return peeked;
  }
  return null;
}

function peekTetragon(object: Json): PeekedEvent | null {
  const name = Object.keys(object).find((key) => key.startsWith('process_'));
  const body = name === undefined ? null : asObject(object[name]);
  const subject = asObject(body?.['process']);
  if (name === undefined || body === null || subject === null) return null;
  return {
    sensor: 'tetragon',
    kind: name.slice('process_'.length),
    time: parseTime(object['time']),
    node: asText(object['node_name']) ?? '',
    ...tetragonPod(subject),
    texts: texts([
      [subject['binary'], subject['arguments']].filter(isText).join(' '),
      body['function_name'],
      asObject(body['parent'])?.['binary'],
    ]),
  };
}

function tetragonPod(subject: Json) {
  const pod = asObject(subject['pod']);
  const container = asObject(pod?.['container']);
  return {
    namespace: asText(pod?.['namespace']),
    pod: asText(pod?.['name']),
    podUid: asText(pod?.['uid']),
    container: bareId(asText(container?.['id']) ?? asText(subject['docker'])),
  };
}

function peekFalco(object: Json): PeekedEvent | null {
  const fields = asObject(object['output_fields']);
  const rule = asText(object['rule']);
  if (fields === null || rule === null) return null;
  return {
    sensor: 'falco',
    kind: 'alert',
    time: parseTime(object['time']),
    node: asText(object['hostname']) ?? '',
    namespace: asText(fields['k8s.ns.name']),
    pod: asText(fields['k8s.pod.name']),
    podUid: asText(fields['k8s.pod.uid']),
    container: falcoContainer(
      asText(fields['container.full_id']) ?? asText(fields['container.id']),
    ),
    texts: texts([rule, object['output'], fields['proc.cmdline'], fields['fd.name']]),
  };
}

const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';

const texts = (values: readonly unknown[]): readonly string[] => values.filter(isText);

const falcoContainer = (id: string | null): string | null =>
  id === null || id === 'host' || id === '' ? null : bareId(id);

const bareId = (id: string | null): string | null =>
  id === null ? null : id.slice(id.lastIndexOf('/') + 1).toLowerCase();

const asObject = (value: unknown): Json | null =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : null;

const asText = (value: unknown): string | null => (typeof value === 'string' ? value : null);

function parseObject(text: string): Json | null {
  try {
    return asObject(JSON.parse(text));
  } catch {
    return null;
  }
}

/** ISO 8601 with up to nine fraction digits; what lies below the microsecond is cut. */
function parseTime(value: unknown): Micros | null {
  if (typeof value !== 'string') return null;
  const ms = Date.parse(value);
  if (Number.isNaN(ms)) return null;
  const fraction = /\.(\d+)/.exec(value)?.[1] ?? '';
  const belowMs = Number(fraction.padEnd(6, '0').slice(3, 6));
  return ms * MICROS_PER_MS + belowMs;
}
