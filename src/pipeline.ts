// The whole data path in one function: one line per room, in the order of the diagram in the README.
import { map, type Observable, tap } from 'rxjs';
import type { Delivery } from './ingest/delivery.ts';
import type {
  Correlated,
  Detected,
  Enriched,
  Normalized,
  Ordered,
  Raised,
  Received,
} from './model/batch.ts';
import type { Part } from './model/part.ts';
import type { Progress, Room, RoomName } from './model/room.ts';
import { commitInOrder } from './rx/commit-in-order.ts';
import type { Flow } from './rx/flow.ts';
import { gather } from './rx/gather.ts';
import { through } from './rx/through.ts';
import type { Committed } from './store/ports.ts';
import { LIMITS } from './config/limits.ts';

/** The functional core, room by room. */
export interface Rooms {
  readonly sensors: Room<Received, Normalized>;
  readonly order: Room<Normalized, Ordered>;
  readonly enrich: Room<Ordered, Enriched>;
  readonly detect: Room<Enriched, Detected>;
  readonly correlate: Room<Detected, Correlated>;
  readonly incidents: Room<Correlated, Raised>;
}

/** A batch on its way, with the doors that wait for it. */
export interface Gathered extends Received {
  readonly deliveries: readonly Delivery[];
  readonly bytes: number;
  /** Ticks put in front of the deliveries' parts; they belong to no delivery. */
  readonly leadingTicks: number;
  /** Milliseconds of a monotonic clock when the core began; for metrics only. */
  readonly beganMs: number;
}

export interface PipelineOptions {
  readonly rooms: Rooms;
  readonly flow: Flow;
  readonly cursor: Cursor;
  /** Stores a batch in one transaction. */
  readonly commit: (batch: Raised) => Promise<Committed>;
  readonly retryable: (error: unknown) => boolean;
  readonly onStall: (stalled: boolean, error: unknown) => void;
}

export interface Stored {
  readonly batch: Gathered & Raised & { readonly judgedMs: number };
  /** Null for a tick that changed nothing: it is written in front of the next part. */
  readonly result: Committed | null;
}

const COMMIT_RETRY_MS = 5_000;

/** The path every record takes. What comes out is stored; its doors may answer. */
export function pipeline(
  deliveries$: Observable<Delivery>,
  options: PipelineOptions,
): Observable<Stored> {
  const { rooms, flow, cursor } = options;
  const received$ = deliveries$.pipe(
    gather({ flow, sizeOf, groupBytes: LIMITS.batchBytes, openMax, openBytesMax }),
    map((deliveries) => cursor.open(deliveries)),
  );
  const judged$ = received$.pipe(
    through(guarded(rooms.sensors)),
    through(guarded(rooms.order)),
    through(guarded(rooms.enrich)),
    through(guarded(rooms.detect)),
    through(guarded(rooms.correlate)),
    through(guarded(rooms.incidents)),
  );
  return judged$.pipe(
    map((batch) => ({ ...batch, judgedMs: performance.now() - batch.beganMs })),
    commitInOrder({
      commit: commitOrKeepTick(options),
      retryable: options.retryable,
      retryDelayMs: COMMIT_RETRY_MS,
      onStall: options.onStall,
    }),
    tap(({ batch }) => flow.end(batch.bytes)),
  );
}

/** The same rooms without stream and doors: how a journal row is judged again. */
export function judge(rooms: Rooms, received: Received): Raised {
  const normalized = guarded(rooms.sensors)(received);
  const ordered = guarded(rooms.order)(normalized);
  const enriched = guarded(rooms.enrich)(ordered);
  const detected = guarded(rooms.detect)(enriched);
  const correlated = guarded(rooms.correlate)(detected);
  return guarded(rooms.incidents)(correlated);
}

const openMax = LIMITS.unsettledBatchesMax;
const openBytesMax = LIMITS.unsettledBytesMax;
const sizeOf = (delivery: Delivery): number => delivery.bytes;

/** A throw of the core: our bug, with the record it was at. The process ends and starts again. */
export class CoreFaultError extends Error {
  override readonly name = 'CoreFaultError';
  readonly room: RoomName;
  readonly progress: Progress;
  readonly batch: Received;

  constructor(room: RoomName, progress: Progress, fault: { batch: Received; cause: unknown }) {
    super(`The core failed in room ${room}.`, { cause: fault.cause });
    this.room = room;
    this.progress = progress;
    this.batch = fault.batch;
  }
}

function guarded<Before extends Received, After extends Before>(
  room: Room<Before, After>,
): (batch: Before) => After {
  return (batch) => {
    try {
      return room.step(batch);
    } catch (cause) {
      throw new CoreFaultError(room.name, { ...room.progress }, { batch, cause });
    }
  };
}

/** Numbers the batches. A tick that changed nothing takes no number and waits for the next part. */
export interface Cursor {
  /** Number the next written batch gets. */
  readonly next: number;
  /** What the rooms have seen and the journal has not. */
  readonly idleTick: Part | null;
  open(deliveries: readonly Delivery[]): Gathered;
  written(batch: Gathered): void;
  keepTick(batch: Gathered): void;
}

/** @param keptTick of the run before, if the state it left has seen one that is not written yet. */
export function createCursor(first: number, keptTick: Part | null = null): Cursor {
  let next = first;
  let idleTick = keptTick;
  return {
    get next() {
      return next;
    },
    get idleTick() {
      return idleTick;
    },
    open(deliveries) {
      const parts = deliveries.flatMap((delivery) => delivery.parts);
      const superseded = parts.every((part) => part.origin.kind === 'clock');
      const front = idleTick === null || superseded ? [] : [idleTick];
      let bytes = 0;
      for (const delivery of deliveries) bytes += delivery.bytes;
      return {
        sequence: next,
        parts: [...front, ...parts],
        deliveries,
        bytes,
        leadingTicks: front.length,
        beganMs: performance.now(),
      };
    },
    written(batch) {
      next = Math.max(next, batch.sequence + 1);
      idleTick = null;
    },
    keepTick(batch) {
      idleTick = batch.parts.at(-1) ?? null;
    },
  };
}

/** Did this batch hold ticks only, and did they release, close, flag or refute nothing? */
const changedNothing = (batch: Raised): boolean =>
  batch.steps.every((step) => step.kind === 'control' && step.control.kind === 'tick') &&
  batch.incidents.length === 0 &&
  batch.changes.length === 0 &&
  batch.gaps.length === 0 &&
  batch.parts.every((part) => part.origin.kind === 'clock');

function commitOrKeepTick({ commit, cursor }: PipelineOptions) {
  return <Batch extends Gathered & Raised>(batch: Batch): Promise<Committed | null> => {
    if (changedNothing(batch)) {
      cursor.keepTick(batch);
      return Promise.resolve(null);
    }
    cursor.written(batch);
    return commit(batch);
  };
}
