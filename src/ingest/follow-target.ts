import type { SensorName } from '../model/origin.ts';
import type { Micros } from '../model/micros.ts';

/** What is to be followed, as it was configured. */
export interface FollowTarget {
  /** Absolute; may hold `*`, `?` and `[…]`. */
  readonly path: string;
  readonly sensor: SensorName | 'any';
  readonly cluster: string;
  readonly latenessMs: number;
  /** Where reading begins in files that nobody has read yet. */
  readonly from: 'start' | 'end';
}

/** One followed file, for whoever looks at it. */
export interface FollowedFile {
  readonly path: string;
  /** The path or pattern it is followed for. */
  readonly target: string;
  readonly cluster: string;
  /** Byte up to which the file was read that is being read; null before the first one. */
  readonly position: number | null;
  /** Bytes that are there and were not read, rotated files included. */
  readonly behindBytes: number;
  /** Records of the path so far, also those of earlier runs. */
  readonly lines: number;
  readonly lastReadAt: Micros | null;
  /** Why it can not be read at the moment. */
  readonly error: string | null;
}

/** Why lines of a file may be missing. */
export type FileLoss = 'truncated' | 'gone' | 'damaged';

/** Told what happens, for metrics. */
export interface FollowObserver {
  onLines(count: number): void;
  onLoss(loss: FileLoss): void;
}

/** All in milliseconds; see `LIMITS`. */
export interface FollowTiming {
  readonly pollMs: number;
  readonly scanMs: number;
  readonly quietMs: number;
  readonly missingMs: number;
  readonly forgetMs: number;
}
