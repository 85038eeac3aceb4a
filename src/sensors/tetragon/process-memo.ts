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

/**
 * Remembers process objects within bounds. Their bytes stand one behind the other in a ring, where
 * new ones overwrite the oldest; a table finds them by a hash of their exec_id. It only saves work:
 * every answer is checked against the bytes, so neither forgetting nor an equal hash changes one.
 */
export class ProcessMemo {
  private readonly limits: MemoLimits;
  private readonly known: (Known | null)[];
  private readonly hashes: Int32Array;
  /** Where in the ring each begins, counted since the ring was begun. */
  private readonly places: Float64Array;
  private ring: Buffer | null = null;
  private written = 0;

  constructor(limits: MemoLimits = DEFAULT_LIMITS) {
    this.limits = limits;
    this.known = Array.from({ length: limits.processesMax }, () => null);
    this.hashes = new Int32Array(limits.processesMax);
    this.places = new Float64Array(limits.processesMax);
  }

  /** The known object of this hash whose very bytes begin at `start`. */
  find(hash: number, buffer: Buffer, start: number): Known | null {
    const first = this.firstSlot(hash);
    for (let slot = first; slot < first + WAYS; slot += 1) {
      const known = this.known[slot] ?? null;
      if (known === null || this.hashes[slot] !== hash) continue;
      if (this.standsAt(slot, { buffer, start, end: start + known.length, hash })) return known;
    }
    return null;
  }

  /** Remembers an object in the place of the older one of its two slots. */
  add({ buffer, start, end, hash }: Span, reading: ProcessReading, flags: number): Known {
    const length = end - start;
    const { bytesMax } = this.limits;
    this.ring ??= Buffer.allocUnsafeSlow(bytesMax);
    const left = bytesMax - (this.written % bytesMax);
    if (left < length) this.written += left;
    const first = this.firstSlot(hash);
    const slot = (this.places[first] ?? 0) <= (this.places[first + 1] ?? 0) ? first : first + 1;
    const known = { length, reading, flags };
    this.known[slot] = known;
    this.hashes[slot] = hash;
    this.places[slot] = this.written;
    buffer.copy(this.ring, this.written % bytesMax, start, end);
    this.written += length;
    return known;
  }

  private firstSlot(hash: number): number {
    return (hash & (this.limits.processesMax / WAYS - 1)) * WAYS;
  }

  private standsAt(slot: number, { buffer, start, end }: Span): boolean {
    const { bytesMax } = this.limits;
    const place = this.places[slot] ?? 0;
    if (this.ring === null || place < this.written - bytesMax || end > buffer.length) return false;
    const at = place % bytesMax;
    return this.ring.compare(buffer, start, end, at, at + end - start) === 0;
  }
}
