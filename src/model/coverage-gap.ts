import { MICROS_PER_SECOND, type Micros } from './micros.ts';
import type { SensorName } from './origin.ts';

/** Why events of a node may be missing. */
export const GAP_REASONS = [
  'event-drop', // The sensor lost events before it could report them.
  'rate-limit', // It dropped events over its own export limit.
  'throttle', // It did not report a cgroup that was too loud.
  'sensor-error', // It says that something in it failed.
] as const;
export type GapReason = (typeof GAP_REASONS)[number];

/** A time in which a node was seen less than fully. It grows while further losses follow. */
export interface CoverageGap {
  /** Hash of where, why and when it began: the same on every replay. */
  readonly id: string;
  readonly cluster: string;
  /** Empty if the sensor did not say. */
  readonly node: string;
  readonly sensor: SensorName;
  readonly reason: GapReason;
  /** Event times; the loss happened somewhere between them. */
  readonly from: Micros;
  readonly to: Micros;
  /** Its end was not told yet: `to` is the newest sign of it. */
  readonly open: boolean;
  /** Events lost as far as told; null if no number was given. */
  readonly lost: number | null;
  /** What was concerned: a cgroup, a counter; null if it was the whole sensor. */
  readonly scope: string | null;
  readonly sentence: string;
}

/** A gap whose end nobody tells (the sensor went away) is taken to last no longer than this. */
const OPEN_GAP_MAX: Micros = 24 * 3_600 * MICROS_PER_SECOND;

/** The last moment that a gap may concern. */
export const gapEnd = ({ to, open }: Pick<CoverageGap, 'to' | 'open'>): Micros =>
  open ? to + OPEN_GAP_MAX : to;
