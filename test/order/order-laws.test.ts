import { deserialize, serialize } from 'node:v8';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { LIMITS } from '../../src/config/limits.ts';
import type { Arrival } from '../../src/model/batch.ts';
import type { SecurityEvent } from '../../src/model/security-event.ts';
import { createOrderRoom } from '../../src/order/order-room.ts';
import {
  accepted,
  batchOf,
  buildEvent,
  control,
  describeStep,
  duplicate,
  laneKey,
  SECOND,
} from './event-builder.ts';

const T = 1_800_000_000 * SECOND;
const LANES = [0, 1, 2, 3];
const SMALL = { ...LIMITS, heldBytesMax: 12_000, startGraceMs: 0 };

const laneOf = (lane: number): { node: string; lane: string } => {
  const node = `node-${lane >> 1}`;
  return { node, lane: laneKey(node, `file-${lane & 1}`) };
};

/** Says of each event whether it is the first of its id, as the seen-set would. */
function arrivalsOf(events: readonly SecurityEvent[]): Arrival[] {
  const seen = new Set<string>();
  return events.map((event) => {
    const first = !seen.has(event.id);
    seen.add(event.id);
    return first ? accepted(event) : duplicate(event);
  });
}

function run(arrivals: readonly Arrival[], limits = LIMITS): string[] {
  return createOrderRoom({ limits }).step(batchOf(arrivals)).steps.map(describeStep);
}

const END = control({ kind: 'end' });

/** An event and its copies in other lanes; each sending has a delay below the lateness. */
const sending = fc.record({
  halfSeconds: fc.integer({ min: 0, max: 40 }),
  nanos: fc.integer({ min: 0, max: 1 }),
  sends: fc.uniqueArray(
    fc.record({
      lane: fc.constantFrom(...LANES),
      position: fc.integer({ min: 0, max: 2 }),
      delays: fc.tuple(fc.integer({ min: 0, max: 4999 }), fc.integer({ min: 0, max: 4999 })),
    }),
    { minLength: 1, maxLength: 3, selector: ({ lane }) => lane },
  ),
});

interface Sent {
  readonly event: SecurityEvent;
  readonly lane: number;
  readonly delays: readonly [number, number];
}

const sentEvents = fc.array(sending, { maxLength: 40 }).map((list) =>
  list.flatMap(({ halfSeconds, nanos, sends }, index): Sent[] =>
    sends.map(({ lane, position, delays }) => ({
      lane,
      delays,
      event: buildEvent({
        id: `e${index}`,
        orderTime: T + (halfSeconds * SECOND) / 2,
        orderNanos: nanos,
        position,
        ...laneOf(lane),
      }),
    })),
  ),
);

/** Arrival in the order of time plus delay; whole lanes may be slower than others by minutes. */
function arrive(sent: readonly Sent[], laneDelaysMs: readonly number[], which: 0 | 1): Arrival[] {
  const key = ({ event, lane, delays }: Sent): number =>
    event.orderTime / 1000 + delays[which] + (laneDelaysMs[lane] ?? 0);
  const prologue = LANES.map((lane) =>
    buildEvent({ id: `lane-${lane}`, orderTime: T - 60 * SECOND, ...laneOf(lane) }),
  );
  const events = sent.toSorted((left, right) => key(left) - key(right)).map(({ event }) => event);
  return [...arrivalsOf([...prologue, ...events]), END];
}

const laneDelays = fc.tuple(...LANES.map(() => fc.integer({ min: 0, max: 120_000 })));

test('any shuffle in which no event is late is released alike', () => {
  fc.assert(
    fc.property(sentEvents, laneDelays, laneDelays, (sent, first, second) => {
      const released = run(arrive(sent, first, 0));
      expect(released.filter((step) => step.endsWith('late'))).toEqual([]);
      expect(run(arrive(sent, second, 1))).toEqual(released);
    }),
    { numRuns: 1000 },
  );
});

/** A stream with everything in it: late events, copies, timeless copies, ticks, ends. */
const anyArrival = fc.oneof(
  { weight: 10, arbitrary: fc.tuple(fc.constant('event'), fc.nat(40), fc.nat(24), fc.nat(3)) },
  { weight: 2, arbitrary: fc.tuple(fc.constant('tick'), fc.nat(40), fc.nat(0), fc.nat(0)) },
  { weight: 1, arbitrary: fc.tuple(fc.constant('end'), fc.nat(0), fc.nat(0), fc.nat(0)) },
);

/** Ids from 20 on have no time of their own: each of their copies is ordered by its receipt. */
function eventOf(halfSeconds: number, id: number, lane: number): SecurityEvent {
  const time = id < 20 ? ((id * 7) % 40) / 2 : halfSeconds / 2;
  const orderTime = T + time * SECOND;
  return buildEvent({ id: `e${id}`, orderTime, latenessMs: 3000, ...laneOf(lane) });
}

/** Rows of three records each, as a journal would number them. */
const anyStream = fc.array(anyArrival, { minLength: 1, maxLength: 60 }).map((list) => {
  const seen = new Set<string>();
  return list.map(([kind, halfSeconds, id, lane], index): Arrival => {
    const journal = { sequence: 1 + Math.floor(index / 3), index: index % 3 };
    const receivedAt = T + (halfSeconds * SECOND) / 2;
    if (kind === 'end') return control({ kind: 'end' }, journal.sequence);
    if (kind === 'tick') {
      return control({ kind: 'tick', receivedAt, runStartedAt: 0 }, journal.sequence);
    }
    const event = { ...eventOf(halfSeconds, id, lane), journal };
    const first = !seen.has(event.id);
    seen.add(event.id);
    return first ? accepted(event) : duplicate(event);
  });
});

test('where batches end changes nothing', () => {
  fc.assert(
    fc.property(anyStream, fc.array(fc.nat(8), { maxLength: 60 }), (stream, sizes) => {
      const whole = run(stream, SMALL as typeof LIMITS);
      const room = createOrderRoom({ limits: SMALL });
      const inPieces: string[] = [];
      let from = 0;
      for (const size of [...sizes, stream.length]) {
        const { steps } = room.step(batchOf(stream.slice(from, from + size)));
        inPieces.push(...steps.map(describeStep));
        from += size;
      }
      expect(inPieces).toEqual(whole);
    }),
    { numRuns: 1000 },
  );
});

const sequenceOf = (arrival: Arrival): number =>
  arrival.outcome === 'control'
    ? arrival.journal.sequence
    : arrival.outcome === 'accepted' || arrival.outcome === 'duplicate'
      ? arrival.event.journal.sequence
      : 0;

test('a snapshot and the rows from the oldest held record on bring everything back', () => {
  fc.assert(
    fc.property(anyStream, fc.nat(60), (stream, rawCut) => {
      const cut = Math.min(stream.length, 3 * Math.floor(rawCut / 3));
      const before = createOrderRoom({ limits: SMALL });
      before.step(batchOf(stream.slice(0, cut)));
      const from = before.heldFromSequence() ?? Infinity;
      const after = createOrderRoom({ limits: SMALL });
      after.restore(deserialize(serialize(before.snapshot())));
      const again = stream.slice(0, cut).filter((arrival) => sequenceOf(arrival) >= from);
      after.rehold(again.map((one) => (one.outcome === 'accepted' ? duplicate(one.event) : one)));
      expect(after.status()).toEqual(before.status());
      const rest = batchOf(stream.slice(cut));
      expect(after.step(rest).steps).toEqual(before.step(rest).steps);
      expect(after.snapshot()).toEqual(before.snapshot());
    }),
    { numRuns: 2000 },
  );
});

test('an event is held exactly if the watermark has not passed it', () => {
  fc.assert(
    fc.property(anyStream, (stream) => {
      const room = createOrderRoom({ limits: SMALL });
      let open = new Map<string, number>();
      for (const arrival of stream) {
        const { steps, watermark } = room.step(batchOf([arrival]));
        if (arrival.outcome === 'control' && arrival.control.kind === 'end') open = new Map();
        if (arrival.outcome === 'accepted') open.set(arrival.event.id, arrival.event.orderTime);
        for (const step of steps) if (step.kind === 'event') open.delete(step.event.id);
        const behind = [...open.values()].filter((time) => time < (watermark ?? -Infinity));
        expect(behind).toEqual([]);
        expect(room.status().heldEvents).toBe(open.size);
        expect(room.status().heldBytes).toBeLessThanOrEqual(SMALL.heldBytesMax);
      }
    }),
    { numRuns: 200 },
  );
});

test('within one stream, what is not late comes in the total order', () => {
  fc.assert(
    fc.property(anyStream, (stream) => {
      const events = stream.filter((one) => one.outcome !== 'control');
      const { steps } = createOrderRoom({ limits: SMALL }).step(batchOf([...events, END]));
      const keys = steps.flatMap((step) =>
        step.kind === 'event' && !step.late
          ? [`${step.event.orderTime} ${step.event.lane} ${step.event.id}`]
          : [],
      );
      expect(keys).toEqual(keys.toSorted());
    }),
    { numRuns: 200 },
  );
});
