import type { Micros } from '../model/micros.ts';
import { MICROS_PER_MS } from '../model/micros.ts';
import type { SecurityEvent } from '../model/security-event.ts';
import type { Lane, SavedLane } from './lane.ts';
import { laneWatermark, noteRecord, partitionOf } from './lane.ts';
import { MinTree } from './min-tree.ts';

export interface LaneLimits {
  readonly lanesMax: number;
  readonly laneSilenceMs: number;
  readonly laneBehindMs: number;
  readonly laneForgetMs: number;
}

/** All lanes and the smallest watermark of those that count. */
export class Lanes {
  private readonly limits: LaneLimits;
  private byKey = new Map<string, Lane>();
  private readonly watermarks = new MinTree();
  private nextSlot = 0;
  /** Lane of the record before: records of one source come in runs. */
  private recent: Lane | null = null;

  constructor(limits: LaneLimits) {
    this.limits = limits;
  }

  /** Smallest watermark of the lanes that count; Infinity if none does. */
  get watermark(): Micros {
    return this.watermarks.min;
  }

  /** Sorted by key, so that what is shown does not depend on arrival. */
  list(): Lane[] {
    return [...this.byKey.values()].toSorted((left, right) => (left.key < right.key ? -1 : 1));
  }

  /** Moves the lane of a record; a lane counts from its first record on. */
  advance(event: SecurityEvent): void {
    const lane = this.laneOf(event);
    noteRecord(lane, event);
    if (lane.counts) this.watermarks.set(lane.slot, laneWatermark(lane));
  }

  /**
   * Decides who counts. It is a function of the tick and the lanes alone, never of an earlier tick,
   * so only the newest of several ticks in a row matters.
   */
  recount(receivedAt: Micros): void {
    this.forgetSilent(receivedAt);
    const silence = this.limits.laneSilenceMs * MICROS_PER_MS;
    const behind = this.limits.laneBehindMs * MICROS_PER_MS;
    const medians = this.medians(receivedAt - silence);
    for (const lane of this.byKey.values()) {
      const speaks = lane.lastReceivedAt > receivedAt - silence;
      const median = medians.get(lane.partition) ?? -Infinity;
      lane.counts = speaks && lane.newest >= median - behind;
      this.watermarks.set(lane.slot, lane.counts ? laneWatermark(lane) : Infinity);
    }
  }

  /** The largest lateness of all lanes, or what is given if there are none. */
  largestLateness(withoutLanes: Micros): Micros {
    if (this.byKey.size === 0) return withoutLanes;
    let largest = 0;
    for (const lane of this.byKey.values()) largest = Math.max(largest, lane.lateness);
    return largest;
  }

  clear(): void {
    this.replace([]);
  }

  /** Plain copies of all lanes. */
  snapshot(): readonly SavedLane[] {
    return this.list().map(
      ({ key, partition, shared, newest, lastReceivedAt, lateness, counts }) => {
        return { key, partition, shared, newest, lastReceivedAt, lateness, counts };
      },
    );
  }

  restore(lanes: readonly SavedLane[]): void {
    this.replace(lanes);
  }

  private laneOf(event: SecurityEvent): Lane {
    if (this.recent !== null && this.recent.key === event.lane) return this.recent;
    const lane =
      this.byKey.get(event.lane) ??
      (this.byKey.size < this.limits.lanesMax
        ? this.create(event.lane, partitionOf(event.lane), false)
        : this.sharedLane(event));
    this.recent = lane;
    return lane;
  }

  private sharedLane(event: SecurityEvent): Lane {
    const key = `${event.carrier}\0*`;
    return this.byKey.get(key) ?? this.create(key, key, true);
  }

  private create(key: string, partition: string, shared: boolean): Lane {
    const lane: Lane = {
      key,
      partition,
      slot: this.nextSlot,
      shared,
      newest: -Infinity,
      lastReceivedAt: -Infinity,
      lateness: 0,
      counts: true,
    };
    this.nextSlot += 1;
    this.byKey.set(key, lane);
    return lane;
  }

  /** Upper median of the newest order times of each partition's lanes that are not silent. */
  private medians(silentSince: Micros): Map<string, Micros> {
    const newestByPartition = new Map<string, Micros[]>();
    for (const lane of this.byKey.values()) {
      if (lane.lastReceivedAt <= silentSince) continue;
      const list = newestByPartition.get(lane.partition);
      if (list === undefined) newestByPartition.set(lane.partition, [lane.newest]);
      else list.push(lane.newest);
    }
    const medians = new Map<string, Micros>();
    for (const [partition, list] of newestByPartition) {
      const sorted = Float64Array.from(list).toSorted();
      medians.set(partition, sorted[sorted.length >> 1] ?? -Infinity);
    }
    return medians;
  }

  /** Nodes come and go; a lane that has been silent for long makes room for new ones. */
  private forgetSilent(receivedAt: Micros): void {
    const oldest = receivedAt - this.limits.laneForgetMs * MICROS_PER_MS;
    let forgotten = 0;
    for (const lane of this.byKey.values()) forgotten += lane.lastReceivedAt > oldest ? 0 : 1;
    if (forgotten > 0) this.replace(this.list().filter((lane) => lane.lastReceivedAt > oldest));
  }

  private replace(lanes: readonly SavedLane[]): void {
    this.watermarks.clear();
    this.recent = null;
    this.nextSlot = lanes.length;
    this.byKey = new Map();
    for (const [slot, known] of lanes.entries()) {
      const lane: Lane = { ...known, slot };
      this.byKey.set(lane.key, lane);
      if (lane.counts) this.watermarks.set(slot, laneWatermark(lane));
    }
  }
}
