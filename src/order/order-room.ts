import { unreachable } from '../lib/unreachable.ts';
import type { Arrival, Normalized, Ordered, Step } from '../model/batch.ts';
import type { Micros } from '../model/micros.ts';
import { MICROS_PER_MS } from '../model/micros.ts';
import type { Control, Tick } from '../model/observation.ts';
import type { JournalRef } from '../model/part.ts';
import type { Progress, Room } from '../model/room.ts';
import type { SecurityEvent } from '../model/security-event.ts';
import { countByEntity } from './held-entity-keys.ts';
import { HeldEvents } from './held-events.ts';
import type { SavedLane } from './lane.ts';
import type { LaneLimits } from './lanes.ts';
import { Lanes } from './lanes.ts';
import type { OrderStatus } from './order-status.ts';
import { laneStatuses } from './order-status.ts';
import { ReleasedCopies } from './released-copies.ts';

export interface OrderLimits extends LaneLimits {
  readonly latenessMs: number;
  readonly heldBytesMax: number;
  readonly startGraceMs: number;
}

export interface OrderRoom extends Room<Normalized, Ordered> {
  /** Oldest journal row with a copy of a held event; null if nothing is held. */
  heldFromSequence(): number | null;
  /**
   * After `restore`: holds again what was held at the snapshot. Wants the arrivals of all rows from
   * `heldFromSequence` up to the snapshot, in order; whether each says accepted or duplicate does
   * not matter.
   */
  rehold(arrivals: readonly Arrival[]): void;
  status(): OrderStatus;
}

interface OrderState {
  readonly lanes: readonly SavedLane[];
  readonly watermark: Micros;
  readonly lateEvents: number;
  readonly releasedEarlyEvents: number;
  readonly releasedCopies: ReturnType<ReleasedCopies['snapshot']>;
}

const NOTHING_HELD: ReadonlyMap<string, number> = new Map();

/**
 * Puts events into the total order. At any time an event is held exactly if its order time has not
 * been passed by the watermark; so the watermark alone says what was released, and a snapshot needs
 * no held events.
 */
class OrderFold implements OrderRoom {
  readonly name = 'order';
  readonly progress: Progress = { record: null, ruleId: null };
  private readonly limits: OrderLimits;
  private readonly lanes: Lanes;
  private readonly held = new HeldEvents();
  private readonly releasedCopies = new ReleasedCopies();
  /** -Infinity before the first record and after the end of a stream. */
  private watermark: Micros = -Infinity;
  private lateEvents = 0;
  private releasedEarlyEvents = 0;
  private steps: Step[] = [];

  constructor(limits: OrderLimits) {
    this.limits = limits;
    this.lanes = new Lanes(limits);
  }

  step(batch: Normalized): Ordered {
    const lateBefore = this.lateEvents;
    const steps: Step[] = [];
    this.steps = steps;
    for (const arrival of batch.arrivals) this.take(arrival);
    this.steps = [];
    const watermark = this.watermark === -Infinity ? null : this.watermark;
    return { ...batch, steps, lateCount: this.lateEvents - lateBefore, watermark };
  }

  snapshot(): OrderState {
    return {
      lanes: this.lanes.snapshot(),
      watermark: this.watermark,
      lateEvents: this.lateEvents,
      releasedEarlyEvents: this.releasedEarlyEvents,
      releasedCopies: this.releasedCopies.snapshot(this.watermark),
    };
  }

  restore(state: unknown): void {
    const known = state as OrderState;
    this.lanes.restore(known.lanes);
    this.watermark = known.watermark;
    this.lateEvents = known.lateEvents;
    this.releasedEarlyEvents = known.releasedEarlyEvents;
    this.releasedCopies.restore(known.releasedCopies);
    this.held.clear();
  }

  heldFromSequence(): number | null {
    let oldest = Infinity;
    for (const { firstSequence } of this.held.values()) oldest = Math.min(oldest, firstSequence);
    return oldest === Infinity ? null : oldest;
  }

  rehold(arrivals: readonly Arrival[]): void {
    for (const arrival of arrivals) {
      if (arrival.outcome === 'accepted' || arrival.outcome === 'duplicate') {
        this.holdAgain(arrival.event);
      } else if (arrival.outcome === 'control' && endsStream(arrival.control)) {
        this.held.clear();
      }
    }
  }

  status(): OrderStatus {
    return {
      lanes: laneStatuses(this.lanes.list()),
      watermark: this.watermark === -Infinity ? null : this.watermark,
      heldEvents: this.held.count,
      heldBytes: this.held.bytes,
      lateEvents: this.lateEvents,
      releasedEarlyEvents: this.releasedEarlyEvents,
    };
  }

  private take(arrival: Arrival): void {
    switch (arrival.outcome) {
      case 'accepted':
        this.progress.record = arrival.event.journal;
        this.takeEvent(arrival.event);
        this.afterRecord(arrival.event);
        return;
      case 'duplicate':
        this.progress.record = arrival.event.journal;
        this.takeCopy(arrival.event);
        this.afterRecord(arrival.event);
        return;
      case 'control':
        this.progress.record = arrival.control.kind === 'tick' ? null : arrival.journal;
        this.takeControl(arrival.control, arrival.journal);
        return;
      case 'rejected':
      case 'skipped':
        return;
      default:
        unreachable(arrival);
    }
  }

  private takeEvent(event: SecurityEvent): void {
    const held = this.held.get(event.id);
    if (held !== undefined) {
      this.takeCopy(event);
    } else if (event.orderTime < this.watermark) {
      this.lateEvents += 1;
      this.steps.push({ kind: 'event', event, late: true, occurrences: 1 });
    } else {
      this.releasedCopies.accept(event.id, event.orderTime);
      this.held.add(event);
    }
  }

  private takeCopy(copy: SecurityEvent): void {
    const held = this.held.get(copy.id);
    if (copy.orderTime >= this.watermark && held?.event.orderTime !== copy.orderTime) {
      this.releasedCopies.note(copy.id, held?.event.orderTime ?? null, copy.orderTime);
    }
    if (held !== undefined) this.held.addCopy(held, copy);
  }

  private afterRecord(event: SecurityEvent): void {
    this.lanes.advance(event);
    const { watermark } = this.lanes;
    if (watermark < Infinity) this.moveTo(watermark);
    while (this.held.bytes > this.limits.heldBytesMax) this.releaseEarly();
  }

  /** All events of the oldest microsecond go, and the watermark with them. */
  private releaseEarly(): void {
    const before = this.held.count;
    this.moveTo(this.held.firstTime() + 1);
    this.releasedEarlyEvents += before - this.held.count;
  }

  private takeControl(control: Control, journal: JournalRef): void {
    if (control.kind === 'tick') this.takeTick(control);
    else if (endsStream(control)) this.endStream();
    const held = control.kind === 'action' ? countByEntity(this.held.values()) : NOTHING_HELD;
    this.steps.push({ kind: 'control', control, journal, held });
  }

  /**
   * Decides which lanes count and moves the watermark with the clock. The lanes' own watermark is
   * looked at with the next record only: so of several ticks in a row the newest alone matters, and
   * ticks that release nothing need not be written down. In the first seconds after a start nothing
   * happens, because silence and distance then speak of our own absence.
   */
  private takeTick(tick: Tick): void {
    const graceMicros = this.limits.startGraceMs * MICROS_PER_MS;
    if (tick.receivedAt - tick.runStartedAt < graceMicros) return;
    this.lanes.recount(tick.receivedAt);
    const lateness = this.lanes.largestLateness(this.limits.latenessMs * MICROS_PER_MS);
    if (areCaughtUp()) this.moveTo(tick.receivedAt - lateness);
  }

  private endStream(): void {
    this.release(Infinity);
    this.lanes.clear();
    this.releasedCopies.clear();
    this.watermark = -Infinity;
  }

  /** The watermark never runs back. */
  private moveTo(watermark: Micros): void {
    if (watermark <= this.watermark) return;
    this.watermark = watermark;
    this.release(watermark);
    this.releasedCopies.forget(watermark);
  }

  private release(before: Micros): void {
    while (this.held.firstTime() < before) {
      const first = this.held.takeFirst();
      if (first === undefined) return;
      const { event, occurrences } = first;
      this.steps.push({ kind: 'event', event, late: false, occurrences });
    }
  }

  private holdAgain(event: SecurityEvent): void {
    const held = this.held.get(event.id);
    if (held !== undefined) this.held.addCopy(held, event);
    else if (event.orderTime < this.watermark) return;
    else if (!this.releasedCopies.has(event.id, event.orderTime)) this.held.add(event);
  }
}

/** After a replay, or when an administrator set the clock back, times begin anew. */
const endsStream = (control: Control): boolean =>
  control.kind === 'end' || control.kind === 'clock-reset';

/** Requests and files have no backlog that we could see; partitions of a log will have one. */
const areCaughtUp = (): boolean => true;

/** The room that puts events into one order, whatever their arrival was. */
export const createOrderRoom = (options: { readonly limits: OrderLimits }): OrderRoom =>
  new OrderFold(options.limits);
