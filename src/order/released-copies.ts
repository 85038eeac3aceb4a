import type { Micros } from '../model/micros.ts';

/** A copy that was ordered by its receipt, later than the event it is a copy of. */
interface ReleasedCopy {
  /** Order time of the event itself; null if it had been released already. */
  readonly eventTime: Micros | null;
  /** Order time of the latest such copy. */
  readonly copyTime: Micros;
}

const FORGET_ABOVE = 1024;

/**
 * Copies that must not be held again by a recovery. An event without a time of its own is ordered by
 * its receipt, so a copy of it lies later in time and may stand beyond the watermark when the event
 * itself is already released. Recovery reads both and sees no difference but this list.
 */
export class ReleasedCopies {
  private byId = new Map<string, ReleasedCopy>();
  private forgetAbove = FORGET_ABOVE;

  note(id: string, eventTime: Micros | null, copyTime: Micros): void {
    const known = this.byId.get(id);
    this.byId.set(id, {
      eventTime: eventTime ?? known?.eventTime ?? null,
      copyTime: Math.max(copyTime, known?.copyTime ?? copyTime),
    });
  }

  /** An id that was forgotten elsewhere came again as a new event. */
  accept(id: string, eventTime: Micros): void {
    // Called for every event, and nearly always there are no such copies.
    if (this.byId.size === 0) return;
    const known = this.byId.get(id);
    if (known !== undefined) this.byId.set(id, { ...known, eventTime });
  }

  /** Is an event of this id and order time such a copy, not the event itself? */
  has(id: string, orderTime: Micros): boolean {
    const known = this.byId.get(id);
    return known !== undefined && known.eventTime !== orderTime;
  }

  /** Forgets what lies behind the watermark, now and then: it can not be held again anyway. */
  forget(watermark: Micros): void {
    if (this.byId.size < this.forgetAbove) return;
    this.byId = this.ahead(watermark);
    this.forgetAbove = Math.max(FORGET_ABOVE, 2 * this.byId.size);
  }

  clear(): void {
    this.byId.clear();
    this.forgetAbove = FORGET_ABOVE;
  }

  snapshot(watermark: Micros): ReadonlyMap<string, ReleasedCopy> {
    return this.ahead(watermark);
  }

  restore(copies: ReadonlyMap<string, ReleasedCopy>): void {
    this.byId = new Map(copies);
    this.forgetAbove = Math.max(FORGET_ABOVE, 2 * this.byId.size);
  }

  private ahead(watermark: Micros): Map<string, ReleasedCopy> {
    const kept = new Map<string, ReleasedCopy>();
    for (const [id, copy] of this.byId) if (copy.copyTime >= watermark) kept.set(id, copy);
    return kept;
  }
}
