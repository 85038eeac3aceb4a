import type { Micros } from '../model/micros.ts';
import { MICROS_PER_MS } from '../model/micros.ts';
import type { Lane } from './lane.ts';

export interface LaneStatus {
  readonly carrier: string;
  readonly partition: string;
  readonly sensor: string;
  readonly cluster: string;
  readonly node: string;
  readonly newest: Micros;
  readonly lastReceivedAt: Micros;
  readonly latenessMs: number;
  readonly counts: boolean;
  /** How far its newest event is behind the newest event of all lanes. */
  readonly behindMs: number;
}

/** What the API shows of the order of events. */
export interface OrderStatus {
  readonly lanes: readonly LaneStatus[];
  readonly watermark: Micros | null;
  readonly heldEvents: number;
  readonly heldBytes: number;
  readonly lateEvents: number;
  readonly releasedEarlyEvents: number;
}

/** Lanes as the API shows them. A lane shared by many sources has `*` for what it does not know. */
export function laneStatuses(lanes: readonly Lane[]): LaneStatus[] {
  let newest = -Infinity;
  for (const lane of lanes) newest = Math.max(newest, lane.newest);
  return lanes.map((lane) => {
    const [carrier = '*', partition = '*', sensor = '*', cluster = '*', node = '*'] =
      lane.key.split('\0');
    return {
      carrier,
      partition,
      sensor,
      cluster,
      node,
      newest: lane.newest,
      lastReceivedAt: lane.lastReceivedAt,
      latenessMs: lane.lateness / MICROS_PER_MS,
      counts: lane.counts,
      behindMs: (newest - lane.newest) / MICROS_PER_MS,
    };
  });
}
