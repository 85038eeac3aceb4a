import { Buffer } from 'node:buffer';
import type { ProcessReading } from './tetragon-process.ts';

/** Where a process object stands in a record, and a hash of its exec_id. */
export interface Span {
  readonly buffer: Buffer;
  readonly start: number;
  readonly end: number;
  readonly hash: number;
}

/** A process object that was read before. */
export interface Known {
  readonly length: number;
  readonly reading: ProcessReading;
  /** Bits of `FLAG` that reading it gave. */
  readonly flags: number;
}

export interface MemoLimits {
  /** A power of two. */
  readonly processesMax: number;
  /** More than one object can have. */
  readonly bytesMax: number;
}

/** A process object has about 1 KiB. */
const DEFAULT_LIMITS: MemoLimits = { processesMax: 16_384, bytesMax: 16 * 1024 * 1024 };
/** Each hash has two slots, so that two busy processes do not push each other out. */
const WAYS = 2;

/** A known object and where its bytes are: one small object, because each look costs a cache miss. */
interface Remembered extends Known {
  readonly hash: number;
  /** How often the ring had been filled when it was written. */
  readonly lap: number;
  /** Where in the ring it begins. */
  readonly at: number;
}

/**
 * Remembers process objects within bounds. Their bytes stand one behind the other in a ring, where
 * new ones overwrite the oldest; a table finds them by a hash of their exec_id. It only saves work:
 * every answer is checked against the bytes, so neither forgetting nor an equal hash changes one.
 */
export class ProcessMemo {
  private readonly limits: MemoLimits;
  private readonly known: (Remembered | null)[];
  private ring: Buffer | null = null;
  private lap = 0;
  /** Where in the ring the next one begins. */
  private next = 0;

  constructor(limits: MemoLimits = DEFAULT_LIMITS) {
    this.limits = limits;
    this.known = Array.from({ length: limits.processesMax }, () => null);
  }

  /** The known object of this hash whose very bytes begin at `start`. */
  find(hash: number, buffer: Buffer, start: number): Known | null {
    const first = this.firstSlot(hash);
    for (let slot = first; slot < first + WAYS; slot += 1) {
      const known = this.known[slot] ?? null;
      if (known === null || known.hash !== hash) continue;
      if (this.standsAt(known, buffer, start)) return known;
    }
    return null;
  }

  /** Remembers an object in the place of the older one of its two slots. */
  add({ buffer, start, end, hash }: Span, reading: ProcessReading, flags: number): Known {
    const length = end - start;
    const { bytesMax } = this.limits;
    this.ring ??= Buffer.allocUnsafeSlow(bytesMax);
    if (this.next + length > bytesMax) {
      this.lap += 1;
      this.next = 0;
    }
    const first = this.firstSlot(hash);
    const slot = this.isOlder(first, first + 1) ? first : first + 1;
    const known = { length, reading, flags, hash, lap: this.lap, at: this.next };
    this.known[slot] = known;
    buffer.copy(this.ring, this.next, start, end);
    this.next += length;
    return known;
  }

  private firstSlot(hash: number): number {
    return (hash & (this.limits.processesMax / WAYS - 1)) * WAYS;
  }

  /** Was what stands in the one slot written before what stands in the other? */
  private isOlder(slot: number, than: number): boolean {
    const one = this.known[slot] ?? null;
    const other = this.known[than] ?? null;
    if (one === null || other === null) return one === null;
    return one.lap === other.lap ? one.at < other.at : one.lap < other.lap;
  }

  private standsAt({ length, lap, at }: Remembered, buffer: Buffer, start: number): boolean {
    const isOverwritten = lap === this.lap ? false : lap + 1 < this.lap || at < this.next;
    if (this.ring === null || isOverwritten || start + length > buffer.length) return false;
    return this.ring.compare(buffer, start, start + length, at, at + length) === 0;
  }
}
