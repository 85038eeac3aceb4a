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

/** The events that wait for the watermark: a binary heap in the total order, and an index by id. */
export class HeldEvents {
  /** Raw bytes of the held events, short ones counted as 1 KiB. */
  bytes = 0;
  private readonly byId = new Map<string, HeldEvent>();
  private readonly heap: HeldEvent[] = [];

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
  }

  /** Order time of the first held event, Infinity if none is held. */
  firstTime(): Micros {
    this.dropReplaced();
    return this.heap[0]?.event.orderTime ?? Infinity;
  }

  /** Takes out the first event of the total order. */
  takeFirst(): HeldEvent | undefined {
    this.dropReplaced();
    const first = this.heap[0];
    if (first === undefined) return undefined;
    this.removeTop();
    this.byId.delete(first.event.id);
    this.bytes -= bytesOf(first.event);
    return first;
  }

  clear(): void {
    this.byId.clear();
    this.heap.length = 0;
    this.bytes = 0;
  }

  private put(held: HeldEvent): void {
    this.byId.set(held.event.id, held);
    this.bytes += bytesOf(held.event);
    this.heap.push(held);
    this.siftUp(held);
  }

  private dropReplaced(): void {
    while (this.heap[0]?.replaced === true) this.removeTop();
  }

  private siftUp(held: HeldEvent): void {
    const { heap } = this;
    let index = heap.length - 1;
    while (index > 0) {
      const parentIndex = (index - 1) >> 1;
      const parent = heap[parentIndex];
      if (parent === undefined || !comesBefore(held.event, parent.event)) break;
      heap[index] = parent;
      index = parentIndex;
    }
    heap[index] = held;
  }

  private removeTop(): void {
    const { heap } = this;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let index = 0;
    for (;;) {
      const childIndex = this.smallerChild(index);
      const child = heap[childIndex];
      if (child === undefined || !comesBefore(child.event, last.event)) break;
      heap[index] = child;
      index = childIndex;
    }
    heap[index] = last;
  }

  /** Index of the child that comes first; beyond the heap if there is none. */
  private smallerChild(index: number): number {
    const leftIndex = 2 * index + 1;
    const left = this.heap[leftIndex];
    const right = this.heap[leftIndex + 1];
    if (left === undefined || right === undefined) return leftIndex;
    return comesBefore(right.event, left.event) ? leftIndex + 1 : leftIndex;
  }
}
