import type { ExitFacts, KprobeFacts } from '../model/security-event.ts';
import { asObject, canonicalJson, type JsonObject } from './json-value.ts';
import type { OwnTime } from './order-time.ts';
import type { Reading } from './reading.ts';
import type { RawPayload, RawProcess } from './tetragon/raw-event.ts';

/**
 * What makes two events one event. The lists are published in docs/EVENT_IDS.md: changing one
 * changes the ids of all events of that sensor.
 */

const NO_KPROBE: Pick<KprobeFacts, 'functionName' | 'policyName' | 'action'> = {
  functionName: '',
  policyName: null,
  action: null,
};
const NO_EXIT: ExitFacts = { signal: null, status: 0 };
/** The reference count differs between copies of one event. */
const TETRAGON_VOLATILE = new Set(['refcnt']);

/** Without a time of its own, everything in the record identifies a Tetragon event. */
export const tetragonRecordIdentity = (cluster: string, root: JsonObject): string[] => [
  'tetragon',
  cluster,
  canonicalJson(root, TETRAGON_VOLATILE),
];

/** With a time: where, when, what kind, which process and thread, and what the hook saw. */
export function tetragonIdentity(cluster: string, reading: Reading, payload: RawPayload): string[] {
  const { process, time } = reading;
  const kprobe = reading.kprobe ?? NO_KPROBE;
  const exit = reading.exit ?? NO_EXIT;
  const rawProcess: RawProcess = asObject(payload.process) ?? {};
  return [
    'tetragon',
    cluster,
    reading.node,
    timeKey(time),
    reading.kind,
    process?.execId ?? `${String(process?.pid)}@${String(process?.startTime)}`,
    scalar(rawProcess.tid),
    kprobe.functionName,
    kprobe.policyName ?? '',
    kprobe.action ?? '',
    canonicalJson(payload.args),
    canonicalJson(payload.return),
    exit.signal ?? '',
    String(exit.status),
  ];
}

/** A number reads the same whether an encoder wrote it bare or as text. */
const scalar = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : canonicalJson(value);

/** New per delivery, or a rendering of what stands elsewhere. */
const FALCO_VOLATILE = new Set(['uuid', 'output', 'message', 'tags']);
/** Times among the output fields: numbers beyond 2^53 that programs on the way round. */
const TIME_VALUED =
  /^j?evt\.(?:time|datetime|rawtime|abstime|reltime|deltatime)|(?:\.ts|_ts|\.duration|\.[cm]time)$|ino\.[cm]time/;

/** Without a time of its own, everything in the record identifies an alert, but what is volatile. */
export function falcoRecordIdentity(cluster: string, root: JsonObject): string[] {
  const parts = ['falco', cluster];
  for (const key of Object.keys(root).toSorted()) {
    if (!FALCO_VOLATILE.has(key)) parts.push(key, canonicalJson(root[key]));
  }
  return parts;
}

/** With a time: where, when, which rule, and all output fields that are present and no times. */
export function falcoIdentity(
  cluster: string,
  reading: Reading,
  outputFields: JsonObject | null,
): string[] {
  const { alert, node, time } = reading;
  const parts = ['falco', cluster, node, timeKey(time), alert?.source ?? '', alert?.rule ?? ''];
  if (outputFields === null) return parts;
  for (const key of Object.keys(outputFields).toSorted()) {
    const value = outputFields[key];
    if (isMissing(value) || TIME_VALUED.test(key)) continue;
    parts.push(key, typeof value === 'string' ? `"${value}` : canonicalJson(value));
  }
  return parts;
}

/** Falco and the programs behind it write an absent value in three ways. */
export const isMissing = (value: unknown): boolean =>
  value === null || value === undefined || value === '' || value === '<NA>';

const timeKey = (time: OwnTime | null): string =>
  time === null ? '' : `${String(time.micros)}.${String(time.nanos)}`;
