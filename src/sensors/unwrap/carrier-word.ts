import type { CarrierFacts } from '../../lib/carrier/carrier-facts.ts';
import { namesNode, withNode } from '../../lib/carrier/names-node.ts';
import { FLAG } from '../event-flags.ts';
import type { TimeReader } from '../event-time.ts';
import { readOwnTime } from '../order-time.ts';
import type { ReadResult } from '../reading.ts';
import type { OpenedEvent } from './open-record.ts';

/** The event with the node that its carrier names, if it names none itself. */
export function withCarrierNode(event: OpenedEvent): {
  readonly event: OpenedEvent;
  /** Bits of `FLAG`. */
  readonly flags: number;
} {
  const { root, member, facts } = event;
  if (facts.node === null || namesNode(root, member)) return { event, flags: 0 };
  const named = withNode(root, member, facts.node);
  // The carrier's word stands outside of the text that was found to be plain.
  return { event: { ...event, root: named, plain: false }, flags: FLAG.carrierNode };
}

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
  const identity = `${result.identity}\0${own.micros}.${own.nanos}`;
  return {
    result: { ...result, reading: { ...result.reading, time: own }, identity },
    flags: FLAG.carrierTime,
  };
}
