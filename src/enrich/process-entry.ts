import { stableId } from '../lib/stable-id.ts';
import type { Lineage, ProcessNode } from '../model/lineage.ts';
import type { Micros } from '../model/micros.ts';
import { MICROS_PER_SECOND } from '../model/micros.ts';
import type { ProcessFacts } from '../model/security-event.ts';

/** The container of a process outside of any. */
export const HOST = '';
/** The container of a process whose sensor did not know where it ran. No container has this id. */
export const SOMEWHERE = '?';

/** What the table knows of one program image. A node itself never changes, so events share it. */
export interface ProcessEntry {
  /** Replaced once, when a process that was known by its children is seen itself. */
  process: ProcessNode;
  readonly cluster: string;
  readonly node: string;
  /**
   * First 12 digits of the container id, `HOST`, `SOMEWHERE`, or null: only seen as somebody's
   * parent so far.
   */
  container: string | null;
  /** Its pid inside of the container. */
  containerPid: number | null;
  /** When it exited or another image took its pid; null while it runs, as far as known. */
  endTime: Micros | null;
  /** Time of its newest event as `tickOf` gives it: a small number takes a third of the memory. */
  seenTick: number;
  lineage: Lineage;
  /** Ancestors of its children, made once and shared by all of them. */
  childAncestors: readonly ProcessNode[] | null;
  /** What its parent was, when this entry's ancestors were last made from the parent's; no state. */
  extendedBy: Lineage | null;
}

const MICROS_PER_TICK = 10_000;
/** How many ticks make a second. */
export const TICKS_PER_SECOND = MICROS_PER_SECOND / MICROS_PER_TICK;

/** A time in hundredths of a second, of which the highest bits are left out: 1.4 years repeat. */
export const tickOf = (time: Micros): number => Math.floor(time / MICROS_PER_TICK) | 0;

/** How many ticks lie between two, the nearer way round. */
export const ticksBetween = (tick: number, earlier: number): number => (tick - earlier) | 0;

export const NO_ANCESTORS: readonly ProcessNode[] = [];

/**
 * Identity of a process within its cluster: Tetragon's exec_id, else a hash of node, pid and start.
 * Null if neither is known: a pid alone is used again and again.
 */
export function processId(
  place: { cluster: string; node: string },
  facts: ProcessFacts,
): string | null {
  if (facts.execId !== null && facts.execId !== '') return facts.execId;
  if (facts.pid === null || facts.startTime === null) return null;
  return stableId(['process', place.cluster, place.node, `${facts.pid}`, `${facts.startTime}`]);
}

/** Identity of a process whose exec_id another one of the cluster had before. */
export function secondProcessId(cluster: string, execId: string, facts: ProcessFacts): string {
  const { pid, startTime, binary } = facts;
  const numbers = [`${pid ?? ''}`, `${startTime ?? ''}`];
  return stableId(['process', cluster, execId, ...numbers, binary, facts.arguments]);
}

/** A process node of what a sensor says; a process is never its own parent. */
export function toProcessNode(
  entityId: string,
  parentEntityId: string | null,
  facts: ProcessFacts,
): ProcessNode {
  return {
    entityId,
    parentEntityId: parentEntityId === entityId ? null : parentEntityId,
    pid: facts.pid,
    binary: facts.binary,
    arguments: facts.arguments,
    cwd: facts.cwd,
    uid: facts.uid,
    startTime: facts.startTime,
  };
}

export const newEntry = (
  place: { readonly cluster: string; readonly node: string },
  process: ProcessNode,
  ancestors: readonly ProcessNode[],
): ProcessEntry => ({
  process,
  cluster: place.cluster,
  node: place.node,
  container: null,
  containerPid: null,
  endTime: null,
  seenTick: 0,
  lineage: { process, ancestors },
  childAncestors: null,
  extendedBy: null,
});
