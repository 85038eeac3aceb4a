// Bugs planted on purpose: a determinism suite that does not find them proves nothing.
import { createRooms } from '../../../src/rooms.ts';
import type { RecoverableRooms } from '../../../src/recovery.ts';
import type { Correlated, Detected, Ordered } from '../../../src/model/batch.ts';
import type { SecurityEvent } from '../../../src/model/security-event.ts';
import { TEST_SETTINGS } from '../../determinism/drive.ts';
import { TEST_RULES } from '../../determinism/rules.ts';

const plain = (): RecoverableRooms => createRooms(TEST_SETTINGS);

/** Changes one room's output; everything else of the room stays. */
function altered<Room extends { step(batch: never): unknown }>(
  room: Room,
  change: (output: ReturnType<Room['step']>) => ReturnType<Room['step']>,
): Room {
  const step = (batch: never): unknown => change(room.step(batch) as ReturnType<Room['step']>);
  return new Proxy(room, {
    get(target, key) {
      if (key === 'step') return step;
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

/** Nothing is held: events go on in the order they came. */
function groupingByArrival(): RecoverableRooms {
  const rooms = plain();
  const order = altered(rooms.order, (batch: Ordered) => ({
    ...batch,
    steps: batch.arrivals.flatMap((arrival, index): Ordered['steps'][number][] => {
      if (arrival.outcome === 'control') {
        const { control, journal } = arrival;
        return [{ kind: 'control', control, journal, held: new Map() }];
      }
      if (arrival.outcome !== 'accepted') return [];
      const late = batch.steps.some(
        (step) => step.kind === 'event' && step.late && step.event === arrival.event,
      );
      return [{ kind: 'event', event: arrival.event, late, occurrences: index >= 0 ? 1 : 0 }];
    }),
  }));
  return { ...rooms, order };
}

/** The process table learns from events as they come, not as they are released. */
function lineageAtArrival(): RecoverableRooms {
  const rooms = plain();
  const early = plain().enrich;
  const known = new Map<string, unknown>();
  const order = altered(rooms.order, (batch: Ordered) => {
    const arrived = batch.arrivals.flatMap((arrival) =>
      arrival.outcome === 'accepted' ? [arrival.event] : [],
    );
    const steps = arrived.map((event) => ({
      kind: 'event' as const,
      event,
      late: false,
      occurrences: 1,
    }));
    const { enrichments } = early.step({ ...batch, steps });
    for (const [index, event] of arrived.entries()) known.set(event.id, enrichments[index]);
    return batch;
  });
  const enrich = altered(rooms.enrich, (batch) => ({
    ...batch,
    enrichments: batch.enrichments.map((enrichment, index) => {
      const step = batch.steps[index];
      if (step?.kind !== 'event') return enrichment;
      return (known.get(step.event.id) as typeof enrichment) ?? enrichment;
    }),
  }));
  return { ...rooms, order, enrich };
}

/** Correlations of a batch are judged when the batch ends, not where they happened. */
function decisionAtBatchEnd(): RecoverableRooms {
  const rooms = plain();
  const correlate = altered(rooms.correlate, (batch: Correlated) => {
    const all = batch.correlations.flat();
    const last = batch.steps.length - 1;
    return { ...batch, correlations: batch.steps.map((_, index) => (index === last ? all : [])) };
  });
  return { ...rooms, correlate };
}

/** Equal times are told apart by who came first. */
function tiesByArrival(): RecoverableRooms {
  const rooms = plain();
  let arrivals = 0;
  const sensors = altered(rooms.sensors, (batch) => ({
    ...batch,
    arrivals: batch.arrivals.map((arrival) => {
      if (arrival.outcome !== 'accepted') return arrival;
      arrivals += 1;
      const event: SecurityEvent = { ...arrival.event, orderNanos: arrivals % 1000 };
      return { ...arrival, event };
    }),
  }));
  return { ...rooms, sensors };
}

/** A restart forgets the open windows. */
function windowsLeftOutOfSnapshot(): RecoverableRooms {
  const rooms = plain();
  const empty = plain().correlate;
  empty.step(openingOf(rooms));
  const correlate = new Proxy(rooms.correlate, {
    get(target, key) {
      if (key === 'snapshot') return () => empty.snapshot();
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  return { ...rooms, correlate };
}

/** A restart forgets the lineage. */
function lineageLeftOutOfSnapshot(): RecoverableRooms {
  const rooms = plain();
  const empty = plain().enrich.snapshot();
  const enrich = new Proxy(rooms.enrich, {
    get(target, key) {
      if (key === 'snapshot') return () => empty;
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  return { ...rooms, enrich };
}

/** The rule set and settings as every run begins with them, so that only the windows are missing. */
function openingOf(_rooms: RecoverableRooms): Detected {
  const controls = [
    { kind: 'settings' as const, hash: 'test', settings: TEST_SETTINGS },
    TEST_RULES,
  ];
  const journal = { sequence: 1, index: 0 };
  const steps = controls.map((control) => ({
    kind: 'control' as const,
    control,
    journal,
    held: new Map<string, number>(),
  }));
  return {
    sequence: 1,
    parts: [],
    arrivals: [],
    steps,
    lateCount: 0,
    watermark: null,
    enrichments: [null, null],
    findings: [[], []],
  };
}

export const PLANTED_BUGS: Readonly<Record<string, () => RecoverableRooms>> = {
  'grouping by arrival': groupingByArrival,
  'lineage at arrival': lineageAtArrival,
  'a decision at the batch end': decisionAtBatchEnd,
  'ties by arrival': tiesByArrival,
  'windows left out of the snapshot': windowsLeftOutOfSnapshot,
  'lineage left out of the snapshot': lineageLeftOutOfSnapshot,
};
