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

/**
 * How a Falco alert was joined with a Tetragon process; `native` is Tetragon's own word. `pid` is
 * tier A of the reference (exact), `container-pid` B (exact inside a container), `command-line` C
 * (strong); tier D, container and time, names no process and so is none of these.
 */
export type JoinTier = 'native' | 'pid' | 'container-pid' | 'command-line';

/** The process an event belongs to and where it came from. */
export interface Lineage {
  readonly process: ProcessNode;
  readonly tier: JoinTier;
  /** Nearest parent first, at most 16, without the process itself. */
  readonly ancestors: readonly ProcessNode[];
}
