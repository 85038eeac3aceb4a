import { containerPrefix } from './entity-keys.ts';
import type { Finding, Where } from '../model/finding.ts';
import type { Level } from '../model/level.ts';
import type { ProcessNode } from '../model/lineage.ts';
import type { Micros } from '../model/micros.ts';

/** One process of an incident, with what was found in it and the processes below it. */
export interface ProcessTreeNode {
  readonly entityId: string;
  readonly pid: number | null;
  readonly binary: string;
  readonly arguments: string;
  readonly cwd: string;
  readonly uid: number | null;
  readonly startTime: Micros | null;
  readonly findings: readonly ProcessFinding[];
  readonly children: readonly ProcessTreeNode[];
}

interface ProcessFinding {
  readonly id: string;
  readonly ruleId: string;
  readonly title: string;
  readonly level: Level;
  readonly time: Micros;
  readonly sentence: string;
}

interface GrowingNode extends ProcessNode {
  readonly findings: ProcessFinding[];
  readonly children: GrowingNode[];
}

/**
 * Deeper than any real lineage. Processes below are hung on the last level instead, because a
 * chain of forks must not nest the answer deeper than readers of JSON can follow.
 */
const DEPTH_MAX = 64;

/**
 * The processes of an incident as a forest, from its findings alone. Roots and siblings stand in
 * order of their start, unknown starts last. Parent ids come from sensors, so a loop among them is
 * cut instead of followed.
 */
export function buildProcessTree(findings: readonly Finding[]): readonly ProcessTreeNode[] {
  const nodes = collectNodes(findings);
  const ordered = [...nodes.values()].toSorted(compareNodes);
  const childrenOf = new Map<string, GrowingNode[]>();
  const roots: GrowingNode[] = [];
  for (const node of ordered) {
    const parent = node.parentEntityId;
    const hasParent = parent !== null && parent !== node.entityId && nodes.has(parent);
    if (!hasParent) roots.push(node);
    else if (childrenOf.get(parent)?.push(node) === undefined) childrenOf.set(parent, [node]);
  }
  const placed = new Set<string>();
  for (const root of roots) hangChildren(root, childrenOf, placed);
  for (const node of ordered) {
    // Whatever no root reaches lies on a loop of parents; its earliest process becomes a root.
    if (placed.has(node.entityId)) continue;
    roots.push(node);
    hangChildren(node, childrenOf, placed);
  }
  return roots.map(publicNode);
}

function collectNodes(findings: readonly Finding[]): Map<string, GrowingNode> {
  const nodes = new Map<string, GrowingNode>();
  const namesakes = new Map<string, ProcessNode>();
  const inOrder = findings.toSorted((a, b) => a.time - b.time || compareText(a.id, b.id));
  for (const finding of inOrder) {
    if (finding.process === null) continue;
    const process = firstNamesake(namesakes, finding.process, finding.where);
    learnNode(nodes, process).findings.push({
      id: finding.id,
      ruleId: finding.ruleId,
      title: finding.title,
      level: finding.level,
      time: finding.time,
      sentence: finding.sentence,
    });
    for (const ancestor of finding.ancestors) learnNode(nodes, ancestor);
  }
  return nodes;
}

/**
 * A process without a start time stands for its event alone, because pids are used again. Within one
 * incident the same command under the same pid of the same container is shown as one process.
 */
function firstNamesake(
  namesakes: Map<string, ProcessNode>,
  process: ProcessNode,
  where: Where,
): ProcessNode {
  const { pid, startTime, parentEntityId, binary } = process;
  if (pid === null || startTime !== null || parentEntityId !== null) return process;
  const container = containerPrefix(where.containerId ?? '');
  const place = [where.cluster, where.node ?? '', container, String(pid)];
  const key = [...place, binary, process.arguments].join('\0');
  const first = namesakes.get(key);
  if (first === undefined) namesakes.set(key, process);
  return first ?? process;
}

/** The first full word about a process stays; later ones fill in what it left open. */
function learnNode(nodes: Map<string, GrowingNode>, seen: ProcessNode): GrowingNode {
  const known = nodes.get(seen.entityId);
  const node = known === undefined ? { ...seen, findings: [], children: [] } : fill(known, seen);
  nodes.set(seen.entityId, node);
  return node;
}

const fill = (known: GrowingNode, seen: ProcessNode): GrowingNode => ({
  ...known,
  parentEntityId: known.parentEntityId ?? seen.parentEntityId,
  pid: known.pid ?? seen.pid,
  binary: known.binary || seen.binary,
  arguments: known.arguments || seen.arguments,
  cwd: known.cwd || seen.cwd,
  uid: known.uid ?? seen.uid,
  startTime: known.startTime ?? seen.startTime,
});

function hangChildren(
  root: GrowingNode,
  childrenOf: ReadonlyMap<string, readonly GrowingNode[]>,
  placed: Set<string>,
): void {
  const waiting = [{ node: root, shelf: root.children, depth: 1 }];
  placed.add(root.entityId);
  for (let step = waiting.pop(); step !== undefined; step = waiting.pop()) {
    const { node, shelf, depth } = step;
    for (const child of childrenOf.get(node.entityId) ?? []) {
      if (placed.has(child.entityId)) continue;
      placed.add(child.entityId);
      shelf.push(child);
      const deeper = depth + 1 < DEPTH_MAX;
      waiting.push({ node: child, shelf: deeper ? child.children : shelf, depth: depth + 1 });
    }
  }
}

/** Recursion is safe here: no branch is deeper than `DEPTH_MAX`. */
function publicNode(node: GrowingNode): ProcessTreeNode {
  return {
    entityId: node.entityId,
    pid: node.pid,
    binary: node.binary,
    arguments: node.arguments,
    cwd: node.cwd,
    uid: node.uid,
    startTime: node.startTime,
    findings: node.findings,
    children: node.children.map(publicNode),
  };
}

const compareText = (left: string, right: string): number =>
  left < right ? -1 : left > right ? 1 : 0;

function compareNodes(left: ProcessNode, right: ProcessNode): number {
  const leftStart = left.startTime ?? Infinity;
  const rightStart = right.startTime ?? Infinity;
  if (leftStart !== rightStart) return leftStart - rightStart;
  return compareText(left.entityId, right.entityId);
}
