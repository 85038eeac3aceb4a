import { type JsonObject, asObject } from '../json-object.ts';
import { MICROS_PER_MS, MICROS_PER_SECOND } from '../../model/micros.ts';
import { formatTime } from '../format-time.ts';

/** What a carrier says of the event it carries; used only where the event itself says nothing. */
export interface CarrierFacts {
  readonly time: string | null;
  readonly node: string | null;
}

export const NO_FACTS: CarrierFacts = { time: null, node: null };

const TIMES = ['time', 'timestamp', '@timestamp', 'date'] as const;
const NODES = ['host', 'pod_node_name', 'node_name'] as const;
/** Numbers from here on are milliseconds: as seconds they would lie in the year 5138. */
const SECONDS_MAX = 100_000_000_000;
const MS_MAX = SECONDS_MAX * 1000;

/** Facts of an envelope; what it does not say is as its own envelope said. */
export function factsOf(envelope: JsonObject, outer: CarrierFacts): CarrierFacts {
  let time: string | null = null;
  for (const name of TIMES) time ??= carrierTime(envelope[name]);
  return { time: time ?? outer.time, node: carrierNode(envelope) ?? outer.node };
}

/** ISO text as it is; a number of seconds or milliseconds since 1970 as ISO text. */
function carrierTime(value: unknown): string | null {
  if (typeof value === 'string' && value !== '') {
    return /^\d+(?:\.\d+)?$/.test(value) ? carrierTime(Number(value)) : value;
  }
  if (typeof value !== 'number' || !(value > 0 && value < MS_MAX)) return null;
  const perUnit = value < SECONDS_MAX ? MICROS_PER_SECOND : MICROS_PER_MS;
  return formatTime(Math.round(value * perUnit));
}

/** Node of the event: in Eyrie's and Tetragon's words, or as shippers name it beside a pod. */
function carrierNode(envelope: JsonObject): string | null {
  const own = textOrNull(envelope['node_name']);
  const kubernetes = asObject(envelope['kubernetes']);
  if (own !== null || kubernetes === null) return own;
  for (const name of NODES) {
    const node = textOrNull(kubernetes[name]);
    if (node !== null) return node;
  }
  return textOrNull(asObject(kubernetes['node'])?.['name']);
}

const textOrNull = (value: unknown): string | null =>
  typeof value === 'string' && value !== '' ? value : null;
