import type { CarrierFacts } from '../../lib/carrier/carrier-facts.ts';
import { FLAG } from '../event-flags.ts';
import type { TimeReader } from '../event-time.ts';
import { asObject, type JsonObject } from '../json-value.ts';
import { readOwnTime } from '../order-time.ts';
import type { ReadResult } from '../reading.ts';
import type { OpenedEvent } from './open-record.ts';

/** Falco's field that names the node as well as its member `hostname` does. */
const FALCO_NODE_FIELD = 'evt.hostname';

/** The event with the node that its carrier names, if it names none itself. */
export function withCarrierNode(event: OpenedEvent): {
  readonly event: OpenedEvent;
  /** Bits of `FLAG`. */
  readonly flags: number;
} {
  const { root, member, facts } = event;
  if (facts.node === null || namesNode(root, member)) return { event, flags: 0 };
  const name = member === null ? 'hostname' : 'node_name';
  return { event: { ...event, root: { ...root, [name]: facts.node } }, flags: FLAG.carrierNode };
}

function namesNode(root: JsonObject, member: string | null): boolean {
  if (member !== null) return isSaid(root['node_name']);
  return isSaid(root['hostname']) || isSaid(asObject(root['output_fields'])?.[FALCO_NODE_FIELD]);
}

const isSaid = (value: unknown): boolean => value !== undefined && value !== null && value !== '';

type ReadReading = Extract<ReadResult, { kind: 'read' }>;

/**
 * The reading with the carrier's time, if it found none in the event. That time is then part of the
 * event's identity: nothing else tells two equal events without a time apart.
 */
export function withCarrierTime(
  result: ReadReading,
  { time }: CarrierFacts,
  times: TimeReader,
): { readonly result: ReadReading; readonly flags: number } {
  if (result.reading.time !== null || time === null) return { result, flags: 0 };
  const own = readOwnTime(time, times);
  if (own === null) return { result, flags: 0 };
  const identity = `${result.identity}\0${time}`;
  return {
    result: { ...result, reading: { ...result.reading, time: own }, identity },
    flags: FLAG.carrierTime,
  };
}
