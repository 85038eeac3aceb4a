import type { Micros } from '../model/micros.ts';
import type { SecurityEvent } from '../model/security-event.ts';
import { compareOrder } from './total-order.ts';

/** A decoded event costs at least this much memory, however short its record was. */
const EVENT_BYTES_MIN = 1024;

export interface HeldEvent {
  readonly event: SecurityEvent;
  /** Copies seen so far, itself included. */
  occurrences: number;
  /** Journal row of its first copy: recovery has to read from there to count all of them. */
  readonly firstSequence: number;
  /** Another copy took its place; the heap drops it when it comes up. */
  replaced: boolean;
}

const bytesOf = (event: SecurityEvent): number => Math.max(event.bytes, EVENT_BYTES_MIN);

const comesBefore = (left: SecurityEvent, right: SecurityEvent): boolean =>
  compareOrder(left, right) < 0;

/**
 * The events that wait for the watermark: a binary heap in the total order, and an index by id. The
 * order times stand in a list of their own beside the heap, because nearly every comparison is
 * decided by them and thousands of held events lie scattered over memory.
 */
export class HeldEvents {
  /** Raw bytes of the held events, short ones counted as 1 KiB. */
  bytes = 0;
  private readonly byId = new Map<string, HeldEvent>();
  /** The first one is never a replaced one. */
  private readonly heap: HeldEvent[] = [];
  /** Order time of each event of the heap. */
  private readonly times: Micros[] = [];

  get count(): number {
    return this.byId.size;
  }

  get(id: string): HeldEvent | undefined {
    return this.byId.get(id);
  }

  /** The held events in no particular order. */
  values(): Iterable<HeldEvent> {
    return this.byId.values();
  }

  add(event: SecurityEvent): void {
    this.put({ event, occurrences: 1, firstSequence: event.journal.sequence, replaced: false });
  }

  /**
   * Counts a copy of a held event. Of two copies of one instant the one first in the total order is
   * kept, so that arrival decides nothing. A copy ordered by another instant (its receipt) is only
   * counted: an event must not change its place in time.
   */
  addCopy(held: HeldEvent, copy: SecurityEvent): void {
    held.occurrences += 1;
    const { event } = held;
    const sameInstant = copy.orderTime === event.orderTime && copy.orderNanos === event.orderNanos;
    if (!sameInstant || !comesBefore(copy, event)) return;
    held.replaced = true;
    this.bytes -= bytesOf(event);
    this.put({
      event: copy,
      occurrences: held.occurrences,
      firstSequence: held.firstSequence,
      replaced: false,
    });
    this.dropReplaced();
  }

  /** Order time of the first held event, Infinity if none is held. */
  firstTime(): Micros {
    return this.times.length === 0 ? Infinity : (this.times[0] ?? Infinity);
  }

  /** Takes out the first event of the total order. */
  takeFirst(): HeldEvent | undefined {
    const first = this.heap.length === 0 ? undefined : this.heap[0];
    if (first === undefined) return undefined;
    this.removeTop();
    this.dropReplaced();
    this.byId.delete(first.event.id);
    this.bytes -= bytesOf(first.event);
    return first;
  }

  clear(): void {
    this.byId.clear();
    this.heap.length = 0;
    this.times.length = 0;
    this.bytes = 0;
  }

  private put(held: HeldEvent): void {
    this.byId.set(held.event.id, held);
    this.bytes += bytesOf(held.event);
    this.heap.push(held);
    this.times.push(held.event.orderTime);
    this.siftUp(held, this.heap.length - 1);
  }

  private dropReplaced(): void {
    while (this.heap.length > 0 && this.heap[0]?.replaced === true) this.removeTop();
  }

  // No read below goes beyond the end of a list: a read that may give `undefined` makes each time
  // a small object of its own, and these loops are the inmost of the room.

  /** Puts an event where the hole at `index` is, or above it where the order wants it. */
  private siftUp(held: HeldEvent, index: number): void {
    const { heap, times } = this;
    const time = held.event.orderTime;
    let hole = index;
    while (hole > 0) {
      const parentIndex = (hole - 1) >> 1;
      const parentTime = times[parentIndex] ?? -Infinity;
      if (parentTime < time) break;
      const parent = heap[parentIndex];
      if (parent === undefined) break;
      if (parentTime === time && !comesBefore(held.event, parent.event)) break;
      heap[hole] = parent;
      times[hole] = parentTime;
      hole = parentIndex;
    }
    heap[hole] = held;
    times[hole] = time;
  }

  /**
   * The hole at the top sinks to the bottom first and the last event rises from there: the last one
   * nearly always belongs at the bottom, so this needs half the comparisons of letting it sink.
   */
  private removeTop(): void {
    const { heap, times } = this;
    const last = heap.pop();
    times.pop();
    const count = heap.length;
    if (last === undefined || count === 0) return;
    let hole = 0;
    for (let left = 1; left < count; left = 2 * hole + 1) {
      const childIndex = left + 1 < count ? this.smallerOf(left) : left;
      const child = heap[childIndex];
      if (child === undefined) break;
      heap[hole] = child;
      times[hole] = times[childIndex] ?? Infinity;
      hole = childIndex;
    }
    this.siftUp(last, hole);
  }

  /** Of the events at an index and at the next, the index of the one that comes first. */
  private smallerOf(index: number): number {
    const { heap, times } = this;
    const leftTime = times[index] ?? Infinity;
    const rightTime = times[index + 1] ?? Infinity;
    if (leftTime !== rightTime) return rightTime < leftTime ? index + 1 : index;
    const left = heap[index];
    const right = heap[index + 1];
    if (left === undefined || right === undefined) return index;
    return comesBefore(right.event, left.event) ? index + 1 : index;
  }
}
