import type { Micros } from '../model/micros.ts';
import type { SecurityEvent } from '../model/security-event.ts';
import type { ContainerMemo } from './container-memo.ts';
import type { KnownNodes } from './known-nodes.ts';
import type { LearnedContainer } from './learned-container.ts';
import type { LearnedPods } from './learned-pods.ts';
import { HOST } from './process-entry.ts';

/** Where an alert happened, as far as that is known. */
export interface AlertPlace {
  /** The node as Tetragon calls it; null if Tetragon told of none by the alert's word. */
  readonly node: string | null;
  /** First 12 digits of its container's id, `HOST`, or null: Falco did not say. */
  readonly container: string | null;
  /** Did Tetragon tell of that container? */
  readonly isWatched: boolean;
  /** The alert names no container, but a pod of which Tetragon told around that time. */
  readonly isInWatchedPod: boolean;
  /** Tetragon saw the container on another node. */
  readonly isOtherNode: boolean;
  /** Two containers share the first 12 digits of that id. */
  readonly isShared: boolean;
  /** The alert came behind the watermark. */
  readonly isLate: boolean;
}

interface Known {
  readonly nodes: KnownNodes;
  readonly pods: LearnedPods;
  readonly learned: LearnedContainer | null;
  readonly memo: ContainerMemo | null;
  readonly time: Micros;
  readonly late: boolean;
}

/**
 * Falco's own word for the node may be the name of its pod, or a name Tetragon does not use; a
 * container says for sure where it runs.
 */
export function alertPlace(event: SecurityEvent, known: Known): AlertPlace {
  const { nodes, pods, learned, memo, time, late } = known;
  const said = nodes.nameOf(event.cluster, event.node);
  const isWatched = learned !== null && learned.nodeFromTetragon;
  const container = memo === null ? (event.onHost ? HOST : null) : memo.prefix;
  return {
    node: isWatched ? learned.node : said,
    container,
    isWatched,
    isInWatchedPod:
      container === null && event.pod !== null && pods.isWatched(event.cluster, event.pod, time),
    isOtherNode: isWatched && learned.node !== '' && said !== null && said !== learned.node,
    isShared: learned !== null && learned.collided,
    isLate: late,
  };
}
