import type { Micros } from './micros.ts';

/** One process image of a lineage. Immutable and flat, so that many events can share it. */
export interface ProcessNode {
  /** Tetragon's exec_id, or a hash of node, pid and start time. Unique within the cluster. */
  readonly entityId: string;
  readonly parentEntityId: string | null;
  readonly pid: number | null;
  readonly binary: string;
  readonly arguments: string;
  readonly cwd: string;
  readonly uid: number | null;
  readonly startTime: Micros | null;
}

/** The process an event belongs to and where it came from. */
export interface Lineage {
  readonly process: ProcessNode;
  /** Nearest parent first, at most 16, without the process itself. */
  readonly ancestors: readonly ProcessNode[];
}
