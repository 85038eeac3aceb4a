import type { Lineage, ProcessNode } from '../model/lineage.ts';
import { MICROS_PER_SECOND } from '../model/micros.ts';
import type { ProcessFacts, SecurityEvent } from '../model/security-event.ts';
import type { ProcessEntry } from './process-entry.ts';
import { newEntry, NO_ANCESTORS, processId, toProcessNode } from './process-entry.ts';
import { joinImages, ProcessGeneration } from './process-generation.ts';
import type { SavedProcesses } from './saved-processes.ts';
import { restoreProcesses, saveProcesses } from './saved-processes.ts';

export interface ProcessLimits {
  readonly processesMax: number;
  readonly ancestorsMax: number;
}

/** Start times of one process differ by clock steps; beyond this it is another one with its id. */
const SAME_START_MICROS = 60 * MICROS_PER_SECOND;

/** A process as an event tells of it. */
interface Sighting {
  readonly facts: ProcessFacts;
  /** First 12 digits of its container's id, or `HOST`. */
  readonly container: string;
}

/**
 * Every program image the sensors told of, by its id and by its pid. Bounded in two ways: ended
 * processes leave when `forgetEnded` was called twice since they were last used, and beyond the
 * maximum the ones not used for longest leave, running or not.
 */
export class ProcessTable {
  private readonly limits: ProcessLimits;
  private young = new ProcessGeneration();
  private old = new ProcessGeneration();

  constructor(limits: ProcessLimits) {
    this.limits = limits;
  }

  /**
   * Learns from an event that names its process by itself, and says where it came from. `container`
   * is the first 12 digits of its container's id, or `HOST`.
   */
  observe(event: SecurityEvent, container: string): Lineage | null {
    const facts = event.process;
    const entityId = facts === null ? null : processId(event, facts);
    if (facts === null || entityId === null) return null;
    let entry = this.find(event.cluster, entityId);
    if (entry !== undefined && isAnotherStart(entry, facts)) {
      this.young.remove(entry);
      this.old.remove(entry);
      entry = undefined;
    }
    if (entry === undefined) {
      entry = this.create(event, entityId, { facts, container });
    } else if (this.mayHaveMoreAncestors(entry, facts)) {
      this.extend(entry, this.parentEntry(event, facts));
    }
    if (entry.container === null) this.place(entry, event, { facts, container });
    if (event.kind === 'exit') entry.endTime = Math.max(event.time, entry.endTime ?? 0);
    return entry.lineage;
  }

  /** Images that once had this pid of the node, in no particular order. */
  imagesOfPid(cluster: string, node: string, pid: number): readonly ProcessEntry[] {
    return joinImages(
      this.young.imagesOfPid(cluster, node, pid),
      this.old.imagesOfPid(cluster, node, pid),
    );
  }

  /** Images that once had this pid within the container. */
  imagesOfContainerPid(cluster: string, container: string, pid: number): readonly ProcessEntry[] {
    return joinImages(
      this.young.imagesOfContainerPid(cluster, container, pid),
      this.old.imagesOfContainerPid(cluster, container, pid),
    );
  }

  /**
   * Forgets the ended processes that were not used since the last call. To be called every
   * few minutes of event time.
   */
  forgetEnded(): void {
    for (const entry of this.old.entries()) {
      if (entry.endTime !== null || this.isYoung(entry)) continue;
      if (this.isYoungFull()) break;
      this.young.add(entry);
    }
    this.rotate();
  }

  snapshot(): SavedProcesses {
    return saveProcesses(this.savedEntries());
  }

  restore(saved: SavedProcesses): void {
    this.young = new ProcessGeneration();
    this.old = new ProcessGeneration();
    restoreProcesses(saved, (entry, isYoung) => (isYoung ? this.young : this.old).add(entry));
  }

  private find(cluster: string, entityId: string): ProcessEntry | undefined {
    const young = this.young.get(cluster, entityId);
    if (young !== undefined) return young;
    const old = this.old.get(cluster, entityId);
    if (old !== undefined) this.add(old);
    return old;
  }

  private add(entry: ProcessEntry): void {
    if (this.isYoungFull()) this.rotate();
    this.young.add(entry);
  }

  private isYoung(entry: ProcessEntry): boolean {
    return this.young.get(entry.cluster, entry.process.entityId) !== undefined;
  }

  /** Each entry once; one that is in both halves counts as young. */
  private *savedEntries(): Generator<readonly [ProcessEntry, boolean]> {
    for (const entry of this.old.entries()) if (!this.isYoung(entry)) yield [entry, false];
    for (const entry of this.young.entries()) yield [entry, true];
  }

  private isYoungFull(): boolean {
    return this.young.size >= this.limits.processesMax >> 1;
  }

  private rotate(): void {
    this.old = this.young;
    this.young = new ProcessGeneration();
  }

  private create(event: SecurityEvent, entityId: string, seen: Sighting): ProcessEntry {
    const { facts, container } = seen;
    const parent = this.parentEntry(event, facts);
    const parentId = parent?.process.entityId ?? parentIdOf(event, facts);
    const process = toProcessNode(entityId, parentId, facts);
    const entry = newEntry(event, process, this.ancestorsBelow(parent, entityId));
    entry.extendedBy = parent === null ? null : parent.lineage;
    entry.container = container;
    entry.containerPid = facts.containerPid;
    this.add(entry);
    if (parent !== null && parent !== entry) endReplacedImage(parent, process);
    return entry;
  }

  /** A process that was known as a parent only is now seen itself, and says what it is itself. */
  private place(entry: ProcessEntry, event: SecurityEvent, seen: Sighting): void {
    const { facts, container } = seen;
    const parentId = entry.process.parentEntityId ?? parentIdOf(event, facts);
    entry.process = toProcessNode(entry.process.entityId, parentId, facts);
    entry.lineage = { ...entry.lineage, process: entry.process };
    entry.childAncestors = null;
    entry.container = container;
    entry.containerPid = facts.containerPid;
    this.young.index(entry);
  }

  /** The parent's entry, made from the event if the parent was not seen before. */
  private parentEntry(event: SecurityEvent, facts: ProcessFacts): ProcessEntry | null {
    const parentId = parentIdOf(event, facts);
    if (parentId === null) return null;
    const known = this.find(event.cluster, parentId);
    if (known !== undefined) return known;
    const parent = event.parent;
    if (parent === null || processId(event, parent) !== parentId) return null;
    const grandparentId = parent.parentExecId === '' ? null : parent.parentExecId;
    const grandparent =
      grandparentId === null ? undefined : this.find(event.cluster, grandparentId);
    const process = toProcessNode(parentId, grandparentId, parent);
    const stub = newEntry(event, process, this.ancestorsBelow(grandparent ?? null, parentId));
    this.add(stub);
    return stub;
  }

  private ancestorsBelow(parent: ProcessEntry | null, childId: string): readonly ProcessNode[] {
    if (parent === null || parent.process.entityId === childId) return NO_ANCESTORS;
    parent.childAncestors ??= [parent.process, ...parent.lineage.ancestors].slice(
      0,
      this.limits.ancestorsMax,
    );
    const chain = parent.childAncestors;
    const cycle = chain.findIndex((ancestor) => ancestor.entityId === childId);
    return cycle === -1 ? chain : chain.slice(0, cycle);
  }

  private mayHaveMoreAncestors(entry: ProcessEntry, facts: ProcessFacts): boolean {
    const { ancestors } = entry.lineage;
    if (ancestors.length >= this.limits.ancestorsMax) return false;
    const last = ancestors.at(-1);
    return last === undefined ? facts.parentExecId !== null : last.parentEntityId !== null;
  }

  private extend(entry: ProcessEntry, parent: ProcessEntry | null): void {
    // Nothing came on top of the parent since it was asked last: the answer would be the same.
    if (parent !== null && entry.extendedBy === parent.lineage) return;
    entry.extendedBy = parent === null ? null : parent.lineage;
    const ancestors = this.ancestorsBelow(parent, entry.process.entityId);
    if (ancestors.length <= entry.lineage.ancestors.length) return;
    entry.lineage = { process: entry.process, tier: 'native', ancestors };
    entry.childAncestors = null;
  }
}

function parentIdOf(event: SecurityEvent, facts: ProcessFacts): string | null {
  if (facts.parentExecId !== null && facts.parentExecId !== '') return facts.parentExecId;
  return event.parent === null ? null : processId(event, event.parent);
}

/** After a reboot the kernel's clock starts again and an id may come back with another start. */
function isAnotherStart(entry: ProcessEntry, facts: ProcessFacts): boolean {
  const known = entry.process.startTime;
  if (known === null || facts.startTime === null) return false;
  return Math.abs(known - facts.startTime) > SAME_START_MICROS;
}

/** An exec without a fork: the parent is the image that had this pid before. */
function endReplacedImage(parent: ProcessEntry, child: ProcessNode): void {
  if (parent.process.pid === null || parent.process.pid !== child.pid) return;
  if (child.startTime !== null) parent.endTime ??= child.startTime;
}
