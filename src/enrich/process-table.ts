import type { Lineage, ProcessNode } from '../model/lineage.ts';
import type { ProcessFacts, SecurityEvent } from '../model/security-event.ts';
import type { KnownNodes } from './known-nodes.ts';
import type { ProcessEntry } from './process-entry.ts';
import {
  HOST,
  newEntry,
  NO_ANCESTORS,
  processId,
  secondProcessId,
  SOMEWHERE,
  tickOf,
  ticksBetween,
  toProcessNode,
} from './process-entry.ts';
import { endBy, type ProcessStore } from './process-store.ts';
import {
  canBeParent,
  findTwin,
  isAnotherProcess,
  isFromProc,
  type Sighting,
} from './same-process.ts';

const NO_IMAGES: readonly ProcessEntry[] = [];
/** Pids of the kernel and of the first process, which start with the node. */
const FIRST_PID_MAX = 1;

/** Learns the processes of all nodes from the events that name them, and says where each came from. */
export class ProcessTable {
  private readonly ancestorsMax: number;
  private readonly store: ProcessStore;
  private readonly nodes: KnownNodes;

  constructor(ancestorsMax: number, store: ProcessStore, nodes: KnownNodes) {
    this.ancestorsMax = ancestorsMax;
    this.store = store;
    this.nodes = nodes;
  }

  /**
   * Learns from an event that names its process by itself, and says where it came from. `container`
   * is the first 12 digits of its container's id, `HOST` or `SOMEWHERE`.
   */
  observe(event: SecurityEvent, container: string): Lineage | null {
    const facts = event.process;
    if (facts === null) return null;
    const known = this.known(event, facts);
    const entry = known ?? this.meet(event, { facts, container });
    if (entry === null) return null;
    if (known !== undefined) {
      if (this.mayHaveMoreAncestors(entry, facts)) {
        this.extend(entry, this.parentEntry(event, facts));
      }
      const tick = tickOf(event.time);
      if (ticksBetween(tick, entry.seenTick) > 0) entry.seenTick = tick;
    }
    if (entry.container !== container) this.place(entry, event, { facts, container });
    if (event.kind === 'exit') entry.endTime = Math.max(event.time, entry.endTime ?? 0);
    return entry.lineage;
  }

  /** The process of this exec_id. Two may have one; then the second is known by an id of its own. */
  private known({ cluster }: SecurityEvent, facts: ProcessFacts): ProcessEntry | undefined {
    const { execId } = facts;
    if (execId === null || execId === '') return undefined;
    const entry = this.store.find(cluster, execId);
    if (entry === undefined || !isAnotherProcess(entry, facts)) return entry;
    return this.store.find(cluster, secondProcessId(cluster, execId, facts));
  }

  /** A process that is not known by its exec_id: known otherwise, or new. Null if it has no identity. */
  private meet(event: SecurityEvent, seen: Sighting): ProcessEntry | null {
    const { facts } = seen;
    const { cluster, node } = event;
    const images =
      facts.pid === null ? NO_IMAGES : this.store.imagesOfPid(cluster, node, facts.pid);
    const twin = images.length === 0 ? null : findTwin(images, event, seen);
    const id = processId(event, facts);
    if (id === null) return twin;
    const before = this.store.find(cluster, id);
    // Without an exec_id the id is a hash that says all that is known of the process.
    if (before !== undefined && id !== facts.execId) return before;
    const ownId = before === undefined ? id : secondProcessId(cluster, id, facts);
    if (twin !== null) {
      this.store.renew(twin, ownId);
      return twin;
    }
    const entry = this.create(event, ownId, seen);
    endOthers(images, entry);
    return entry;
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
    entry.seenTick = tickOf(event.time);
    this.store.add(entry);
    if (parent !== null && parent !== entry) endReplacedImage(parent, process);
    this.noteNode(event, seen);
    return entry;
  }

  private noteNode({ cluster, node }: SecurityEvent, { facts, container }: Sighting): void {
    this.nodes.note(cluster, node);
    const { pid, startTime } = facts;
    if (pid === null || pid > FIRST_PID_MAX || container !== HOST || startTime === null) return;
    if (!isFromProc(facts) || !this.nodes.noteStart(cluster, node, startTime)) return;
    this.store.endNode(cluster, node, startTime);
  }

  /**
   * A process that was known as a parent only is now seen itself and says what it is itself; or
   * Tetragon found out only now which container it runs in.
   */
  private place(entry: ProcessEntry, event: SecurityEvent, seen: Sighting): void {
    const { facts, container } = seen;
    const isStub = entry.container === null;
    if (!isStub && (isContainer(entry.container) || !isContainer(container))) return;
    const parentId = entry.process.parentEntityId ?? parentIdOf(event, facts);
    this.store.change(entry, () => {
      if (isStub) {
        entry.process = toProcessNode(entry.process.entityId, parentId, facts);
        entry.lineage = { ...entry.lineage, process: entry.process };
        entry.childAncestors = null;
        entry.seenTick = tickOf(event.time);
      }
      entry.container = container;
      entry.containerPid = facts.containerPid;
    });
    const { pid } = entry.process;
    if (isStub && pid !== null) {
      endOthers(this.store.imagesOfPid(entry.cluster, entry.node, pid), entry);
    }
  }

  /** The parent's entry, made from the event if the parent was not seen before. */
  private parentEntry(event: SecurityEvent, facts: ProcessFacts): ProcessEntry | null {
    const parentId = parentIdOf(event, facts);
    if (parentId === null) return null;
    const said = event.parent;
    const saidId = said === null ? null : processId(event, said);
    let parent = saidId === parentId ? undefined : this.store.find(event.cluster, parentId);
    // Where the two ids differ, the one that means nothing to us is not the parent's.
    if (parent === undefined && said !== null && saidId !== null) {
      parent = this.toldEntry(event, saidId, said);
    }
    if (parent === undefined || !canBeParent(parent, facts)) return null;
    if (event.ancestors.length > 0) this.extend(parent, this.listedAncestor(event));
    return parent;
  }

  /** The nearest of the ancestors an event lists, above it the others. */
  private listedAncestor(event: SecurityEvent): ProcessEntry | null {
    let above: ProcessEntry | null = null;
    for (const facts of event.ancestors.toReversed()) {
      const id = processId(event, facts);
      // Who can not be told from others can not be hung on either.
      const entry: ProcessEntry | null = id === null ? null : this.toldEntry(event, id, facts);
      if (entry !== null && above !== null) this.extend(entry, above);
      above = entry;
    }
    return above;
  }

  /** A process that an event tells of beside its own. */
  private toldEntry(event: SecurityEvent, id: string, facts: ProcessFacts): ProcessEntry {
    const known = this.store.find(event.cluster, id);
    if (known === undefined) return this.addStub(event, id, facts);
    if (!isAnotherProcess(known, facts)) return known;
    const ownId = secondProcessId(event.cluster, id, facts);
    return this.store.find(event.cluster, ownId) ?? this.addStub(event, ownId, facts);
  }

  /** A process that is only known by what its child says of it. */
  private addStub(event: SecurityEvent, id: string, facts: ProcessFacts): ProcessEntry {
    const aboveId = facts.parentExecId === '' ? null : facts.parentExecId;
    const above = (aboveId === null ? undefined : this.store.find(event.cluster, aboveId)) ?? null;
    const process = toProcessNode(id, aboveId, facts);
    const stub = newEntry(event, process, this.ancestorsBelow(above, id));
    this.store.add(stub);
    return stub;
  }

  private ancestorsBelow(parent: ProcessEntry | null, childId: string): readonly ProcessNode[] {
    if (parent === null || parent.process.entityId === childId) return NO_ANCESTORS;
    parent.childAncestors ??= [parent.process, ...parent.lineage.ancestors].slice(
      0,
      this.ancestorsMax,
    );
    const chain = parent.childAncestors;
    const cycle = chain.findIndex((ancestor) => ancestor.entityId === childId);
    return cycle === -1 ? chain : chain.slice(0, cycle);
  }

  private mayHaveMoreAncestors(entry: ProcessEntry, facts: ProcessFacts): boolean {
    const { ancestors } = entry.lineage;
    if (ancestors.length >= this.ancestorsMax) return false;
    const last = ancestors.at(-1);
    return last === undefined ? facts.parentExecId !== null : last.parentEntityId !== null;
  }

  private extend(entry: ProcessEntry, parent: ProcessEntry | null): void {
    // Nothing came on top of the parent since it was asked last: the answer would be the same.
    if (parent !== null && entry.extendedBy === parent.lineage) return;
    entry.extendedBy = parent === null ? null : parent.lineage;
    const ancestors = this.ancestorsBelow(parent, entry.process.entityId);
    if (ancestors.length <= entry.lineage.ancestors.length) return;
    entry.lineage = { process: entry.process, ancestors };
    entry.childAncestors = null;
  }
}

const isContainer = (container: string | null): boolean =>
  container !== null && container !== HOST && container !== SOMEWHERE;

function parentIdOf(event: SecurityEvent, facts: ProcessFacts): string | null {
  if (facts.parentExecId !== null && facts.parentExecId !== '') return facts.parentExecId;
  return event.parent === null ? null : processId(event, event.parent);
}

/** An exec without a fork: the parent is the image that had this pid before. */
function endReplacedImage(parent: ProcessEntry, child: ProcessNode): void {
  if (parent.process.pid === null || parent.process.pid !== child.pid) return;
  if (child.startTime !== null) parent.endTime ??= child.startTime;
}

/** A pid has one image at a time: the older ones ended when the next one started, if not before. */
function endOthers(images: readonly ProcessEntry[], entry: ProcessEntry): void {
  const { startTime } = entry.process;
  if (startTime === null) return;
  for (const image of images) {
    if (image === entry) continue;
    endBy(image, startTime);
    if (image.process.startTime !== null) endBy(entry, image.process.startTime);
  }
}
