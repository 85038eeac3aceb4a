// Makes the core throw: certain events throw as soon as a room looks into them. The rooms keep their
// own account of what they work on, so the report of the fault is theirs, not the test's.
import type { Arrival, Correlated, Step } from '../../../src/model/batch.ts';
import type { Finding } from '../../../src/model/finding.ts';
import type { Part, RawRecord } from '../../../src/model/part.ts';
import type { SecurityEvent } from '../../../src/model/security-event.ts';
import type { RecoverableRooms } from '../../../src/recovery.ts';
import type { Plant } from './child-protocol.ts';

class PlantedError extends Error {
  override readonly name = 'PlantedError';
}

type AnyBatch = { readonly parts: readonly Part[] } & Partial<Omit<Correlated, 'parts'>>;
interface AnyRoom {
  readonly progress: { record: unknown; ruleId: string | null };
  step(batch: AnyBatch): AnyBatch;
  /** The room that reads records has this too. */
  reread?(batch: AnyBatch): AnyBatch;
}

/** Wraps the rooms that something is planted in; without plants they stay as they are. */
export function plantFaults(rooms: RecoverableRooms, plants: readonly Plant[]): RecoverableRooms {
  const planted: Record<string, unknown> = { ...rooms };
  for (const plant of plants) {
    const room = planted[plant.room] as AnyRoom;
    planted[plant.room] =
      plant.at === 'tick' ? plantAtTick(room, plant) : plantAtEvent(room, plant);
  }
  return planted as unknown as RecoverableRooms;
}

/** A room whose methods go on to work on its own state, but for those that are replaced. */
function replaceMethods<Room extends object>(room: Room, methods: Partial<AnyRoom>): Room {
  return new Proxy(room, {
    get(target, key) {
      const own = (methods as Record<string | symbol, unknown>)[key];
      if (own !== undefined) return own;
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}

function plantAtEvent(room: AnyRoom, plant: Plant): AnyRoom {
  let disabled = false;
  // The poison is for this room alone, so what came in is put back into what goes out.
  const fold = (batch: AnyBatch, work: (poisoned: AnyBatch) => AnyBatch): AnyBatch => {
    disabled ||= disables(batch.steps ?? [], plant);
    return disabled ? work(batch) : { ...work(poisonBatch(batch, plant)), ...batch };
  };
  return replaceMethods(room, {
    step: (batch) => fold(batch, (poisoned) => room.step(poisoned)),
    ...(room.reread !== undefined && {
      reread: (batch: AnyBatch) => fold(batch, (poisoned) => room.reread?.(poisoned) ?? poisoned),
    }),
  });
}

function plantAtTick(room: AnyRoom, plant: Plant): AnyRoom {
  let armed = false;
  let disabled = false;
  return replaceMethods(room, {
    step(batch) {
      for (const step of batch.steps ?? []) {
        disabled ||= disables([step], plant);
        armed ||= step.kind === 'event' && isMarked(step.event, plant);
        if (!armed || disabled || step.kind !== 'control' || step.control.kind !== 'tick') continue;
        room.progress.record = null;
        room.progress.ruleId = plant.ruleId;
        throw new PlantedError(`planted in ${plant.room} at a tick`);
      }
      return room.step(batch);
    },
  });
}

const disables = (steps: readonly Step[], { ruleId }: Plant): boolean =>
  steps.some(
    (step) =>
      step.kind === 'control' &&
      step.control.kind === 'rule-disabled' &&
      step.control.ruleId === ruleId,
  );

const isMarked = (event: SecurityEvent, { marker }: Plant): boolean =>
  event.process?.commandLine.includes(marker) ?? false;

function poisonBatch(batch: AnyBatch, plant: Plant): AnyBatch {
  if (plant.room === 'sensors') {
    return { ...batch, parts: batch.parts.map((part) => poisonPart(part, plant)) };
  }
  if (plant.room === 'order') {
    return { ...batch, arrivals: (batch.arrivals ?? []).map((one) => poisonArrival(one, plant)) };
  }
  if (plant.room === 'enrich') return { ...batch, steps: poisonSteps(batch, plant, 'flags') };
  if (plant.room === 'detect') return { ...batch, steps: poisonSteps(batch, plant, 'process') };
  const property = plant.room === 'correlate' ? 'ruleId' : 'id';
  return { ...batch, findings: poisonFindings(batch, plant, property) };
}

/** A copy whose one property throws when it is read. */
function poison<Value extends object>(value: Value, property: keyof Value, room: string): Value {
  return Object.defineProperty({ ...value }, property, {
    enumerable: true,
    get() {
      throw new PlantedError(`planted in ${room} at an event`);
    },
  });
}

function poisonPart(part: Part, { marker, room }: Plant): Part {
  const poisonRecord = (record: RawRecord): RawRecord =>
    Buffer.from(record.bytes).includes(marker) ? poison(record, 'position', room) : record;
  return { ...part, records: part.records.map(poisonRecord) };
}

function poisonArrival(arrival: Arrival, plant: Plant): Arrival {
  if (arrival.outcome !== 'accepted' || !isMarked(arrival.event, plant)) return arrival;
  return { ...arrival, event: poison(arrival.event, 'orderTime', plant.room) };
}

function poisonSteps(
  { steps = [] }: AnyBatch,
  plant: Plant,
  property: keyof SecurityEvent,
): readonly Step[] {
  return steps.map((step) =>
    step.kind === 'event' && isMarked(step.event, plant)
      ? { ...step, event: poison(step.event, property, plant.room) }
      : step,
  );
}

function poisonFindings(
  { steps = [], findings = [] }: AnyBatch,
  plant: Plant,
  property: keyof Finding,
): readonly (readonly Finding[])[] {
  return findings.map((list, index) => {
    const step = steps[index];
    if (step?.kind !== 'event' || !isMarked(step.event, plant)) return list;
    return list.map((finding) => poison(finding, property, plant.room));
  });
}
