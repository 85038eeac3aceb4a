import { commandKey } from './command-key.ts';
import type { ProcessEntry } from './process-entry.ts';
import { HOST, SOMEWHERE } from './process-entry.ts';

/** More images of one pid than this are not compared; the ones that started first are left out. */
export const IMAGES_PER_PID_MAX = 64;
/** The same for images of one command line in one container, of which a loop makes many. */
export const IMAGES_PER_COMMAND_MAX = 512;

const NO_IMAGES: readonly ProcessEntry[] = [];

/** Images by number; nearly always there is one, and a list of one would cost more than the image. */
type Images = ProcessEntry | ProcessEntry[];
type ImageIndex = Map<number, Images>;

interface ClusterProcesses {
  /** By entity id, and by further exec_ids that turned out to mean the same process. */
  readonly byId: Map<string, ProcessEntry>;
  readonly byNode: Map<string, ImageIndex>;
  readonly byContainer: Map<string, ImageIndex>;
  /**
   * Made when it is asked for the first time: where Falco tells pids, nobody ever does. It is no
   * state, for it follows from `byId`.
   */
  byCommand: ImageIndex | null;
}

/** Half of the process table with its indexes, forgotten as a whole. */
export class ProcessGeneration {
  /** Ids in it, of which a process may have several. */
  size = 0;
  private readonly clusters = new Map<string, ClusterProcesses>();
  /** Of the cluster that was asked for last: nearly all events of a stream are of one. */
  private recent: ClusterProcesses | undefined = undefined;
  private recentCluster = '';

  get(cluster: string, id: string): ProcessEntry | undefined {
    return this.of(cluster)?.byId.get(id);
  }

  add(entry: ProcessEntry): void {
    this.setId(entry.process.entityId, entry);
    this.index(entry);
  }

  /** One more id for an entry that is in here. */
  setId(id: string, entry: ProcessEntry): void {
    let processes = this.of(entry.cluster);
    if (processes === undefined) {
      processes = {
        byId: new Map(),
        byNode: new Map(),
        byContainer: new Map(),
        byCommand: null,
      };
      this.clusters.set(entry.cluster, processes);
    }
    const { byId } = processes;
    const before = byId.size;
    byId.set(id, entry);
    this.size += byId.size - before;
  }

  /** Makes an entry findable by pid and command, as soon as its container and start are known. */
  index(entry: ProcessEntry): void {
    const { node, container, containerPid, process } = entry;
    const processes = this.of(entry.cluster);
    if (processes === undefined || container === null || process.startTime === null) return;
    if (process.pid !== null) {
      push(indexOf(processes.byNode, node), process.pid, { entry, max: IMAGES_PER_PID_MAX });
    }
    if (container === SOMEWHERE) return;
    if (container !== HOST && containerPid !== null) {
      const index = indexOf(processes.byContainer, container);
      push(index, containerPid, { entry, max: IMAGES_PER_PID_MAX });
    }
    if (processes.byCommand !== null) pushCommand(processes.byCommand, entry);
  }

  /** Takes an entry out of what `index` put it into, because its place or its command changes. */
  unindex(entry: ProcessEntry): void {
    const { node, container, containerPid, process } = entry;
    const processes = this.of(entry.cluster);
    if (processes === undefined || container === null) return;
    drop(processes.byNode.get(node), process.pid, entry);
    drop(processes.byContainer.get(container), containerPid, entry);
    if (processes.byCommand !== null) drop(processes.byCommand, commandKeyOf(entry), entry);
  }

  /** Images of a pid of the host's namespace, which is unique on its node at any one time. */
  imagesOfPid(cluster: string, node: string, pid: number): readonly ProcessEntry[] {
    return asList(this.of(cluster)?.byNode.get(node)?.get(pid));
  }

  imagesOfContainerPid(cluster: string, container: string, pid: number): readonly ProcessEntry[] {
    return asList(this.of(cluster)?.byContainer.get(container)?.get(pid));
  }

  /** Images whose commands have this key, and perhaps others. */
  imagesOfCommand(cluster: string, key: number): readonly ProcessEntry[] {
    const processes = this.of(cluster);
    if (processes === undefined) return NO_IMAGES;
    processes.byCommand ??= indexCommands(processes.byId);
    return asList(processes.byCommand.get(key));
  }

  *imagesOfNode(cluster: string, node: string): Generator<ProcessEntry> {
    const index = this.of(cluster)?.byNode.get(node);
    if (index === undefined) return;
    for (const images of index.values()) yield* asList(images);
  }

  private of(cluster: string): ClusterProcesses | undefined {
    if (this.recent !== undefined && cluster === this.recentCluster) return this.recent;
    this.recent = this.clusters.get(cluster);
    this.recentCluster = cluster;
    return this.recent;
  }

  /** Cluster by cluster in the order of their names, within one in the order of their coming. */
  *entries(): Generator<ProcessEntry> {
    for (const [id, entry] of this.ids()) if (id === entry.process.entityId) yield entry;
  }

  /** The further ids of entries, in the same order. */
  *furtherIds(): Generator<readonly [id: string, entry: ProcessEntry]> {
    for (const pair of this.ids()) if (pair[0] !== pair[1].process.entityId) yield pair;
  }

  private *ids(): Generator<readonly [id: string, entry: ProcessEntry]> {
    for (const cluster of [...this.clusters.keys()].toSorted()) {
      yield* this.clusters.get(cluster)?.byId ?? [];
    }
  }
}

/** The images of two lists, each once, as many as are compared. */
export function joinImages(
  young: readonly ProcessEntry[],
  old: readonly ProcessEntry[],
  max: number,
): readonly ProcessEntry[] {
  if (old.length === 0) return newestImages(young, max);
  if (young.length === 0) return newestImages(old, max);
  return newestImages([...new Set([...young, ...old])], max);
}

const commandKeyOf = ({ node, container, process }: ProcessEntry): number =>
  commandKey({ container: container ?? HOST, node }, process.binary, process.arguments);

function indexCommands(byId: ReadonlyMap<string, ProcessEntry>): ImageIndex {
  const index: ImageIndex = new Map();
  for (const [id, entry] of byId) if (id === entry.process.entityId) pushCommand(index, entry);
  return index;
}

/** Only what runs at a known place since a known time can be an answer. */
function pushCommand(index: ImageIndex, entry: ProcessEntry): void {
  const { container, process } = entry;
  if (container === null || container === SOMEWHERE || process.startTime === null) return;
  push(index, commandKeyOf(entry), { entry, max: IMAGES_PER_COMMAND_MAX });
}

const asList = (images: Images | undefined): readonly ProcessEntry[] => {
  if (images === undefined) return NO_IMAGES;
  return Array.isArray(images) ? images : [images];
};

function indexOf(indexes: Map<string, ImageIndex>, place: string): ImageIndex {
  let index = indexes.get(place);
  if (index === undefined) {
    index = new Map();
    indexes.set(place, index);
  }
  return index;
}

interface Image {
  readonly entry: ProcessEntry;
  /** How many of one number are compared. */
  readonly max: number;
}

function push(index: ImageIndex, number: number, { entry, max }: Image): void {
  const known = index.get(number);
  if (known === undefined) index.set(number, entry);
  else if (!Array.isArray(known)) index.set(number, known === entry ? entry : [known, entry]);
  else {
    known.push(entry);
    // Cut only at twice the length, so that a process that executes itself for ever costs little.
    if (known.length >= 2 * max) index.set(number, newestImages(known, max));
  }
}

function drop(index: ImageIndex | undefined, number: number | null, entry: ProcessEntry): void {
  const images = number === null ? undefined : index?.get(number);
  if (index === undefined || number === null || images === undefined) return;
  const rest = asList(images).filter((image) => image !== entry);
  if (rest.length === 0) index.delete(number);
  else index.set(number, rest);
}

/** The images that started last: a choice that depends on no order of arrival. */
function newestImages<List extends readonly ProcessEntry[]>(
  images: List,
  max: number,
): List | ProcessEntry[] {
  if (images.length <= max) return images;
  return images.toSorted(startedLater).slice(0, max);
}

function startedLater(left: ProcessEntry, right: ProcessEntry): number {
  const difference = (right.process.startTime ?? 0) - (left.process.startTime ?? 0);
  if (difference !== 0) return difference;
  return left.process.entityId < right.process.entityId ? -1 : 1;
}
