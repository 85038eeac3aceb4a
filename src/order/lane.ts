import type { Micros } from '../model/micros.ts';
import { MICROS_PER_MS } from '../model/micros.ts';
import type { SecurityEvent } from '../model/security-event.ts';

/** What is known of a lane and kept in snapshots. */
export interface SavedLane {
  readonly key: string;
  /** Carrier and partition, joined by NUL: lanes of one partition are compared with each other. */
  readonly partition: string;
  /** Several sources that share it because there are too many lanes. */
  readonly shared: boolean;
  newest: Micros;
  lastReceivedAt: Micros;
  lateness: Micros;
  /** Does it hold back the watermark of the whole? */
  counts: boolean;
}

/** Records of one sensor on one node through one partition: they come roughly in order. */
export interface Lane extends SavedLane {
  /** Place in the tree of watermarks. */
  readonly slot: number;
}

export const laneWatermark = (lane: Lane): Micros => lane.newest - lane.lateness;

/** The first two parts of a lane's key. */
export function partitionOf(laneKey: string): string {
  const afterCarrier = laneKey.indexOf('\0') + 1;
  const end = laneKey.indexOf('\0', afterCarrier);
  return afterCarrier === 0 || end === -1 ? laneKey : laneKey.slice(0, end);
}

/** Takes note of a record of this lane, in order or late, first copy or not. */
export function noteRecord(lane: Lane, event: SecurityEvent): void {
  const lateness = event.latenessMs * MICROS_PER_MS;
  lane.lateness = lane.shared ? Math.max(lane.lateness, lateness) : lateness;
  if (event.orderTime > lane.newest) lane.newest = event.orderTime;
  if (event.receivedAt > lane.lastReceivedAt) lane.lastReceivedAt = event.receivedAt;
}
