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

/** How a Falco alert was joined with a Tetragon process; `native` is Tetragon's own word. */
export type JoinTier = 'native' | 'pid' | 'container-pid';

/** The process an event belongs to and where it came from. */
export interface Lineage {
  readonly process: ProcessNode;
  readonly tier: JoinTier;
  /** Nearest parent first, at most 16, without the process itself. */
  readonly ancestors: readonly ProcessNode[];
}
