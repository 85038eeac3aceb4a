import type { ProcessEntry } from './process-entry.ts';
import { HOST } from './process-entry.ts';

/** More images of one pid than this are not compared; the ones that started first are left out. */
const IMAGES_PER_PID_MAX = 64;

const NO_IMAGES: readonly ProcessEntry[] = [];

/** Images by pid; nearly always there is one, and a list of one would cost more than the image. */
type Images = ProcessEntry | ProcessEntry[];
type PidIndex = Map<number, Images>;

interface ClusterProcesses {
  readonly byId: Map<string, ProcessEntry>;
  readonly byNode: Map<string, PidIndex>;
  readonly byContainer: Map<string, PidIndex>;
}

/** Half of the process table with its indexes, forgotten as a whole. */
export class ProcessGeneration {
  size = 0;
  private readonly clusters = new Map<string, ClusterProcesses>();
  /** Of the cluster that was asked for last: nearly all events of a stream are of one. */
  private recent: ClusterProcesses | undefined = undefined;
  private recentCluster = '';

  get(cluster: string, entityId: string): ProcessEntry | undefined {
    return this.of(cluster)?.byId.get(entityId);
  }

  add(entry: ProcessEntry): void {
    let processes = this.of(entry.cluster);
    if (processes === undefined) {
      processes = { byId: new Map(), byNode: new Map(), byContainer: new Map() };
      this.clusters.set(entry.cluster, processes);
    }
    const { byId } = processes;
    const before = byId.size;
    byId.set(entry.process.entityId, entry);
    this.size += byId.size - before;
    this.index(entry);
  }

  /** Makes an entry findable by pid, as soon as its container and its start are known. */
  index(entry: ProcessEntry): void {
    const { cluster, node, container, containerPid, process } = entry;
    const processes = this.of(cluster);
    if (processes === undefined || container === null || process.startTime === null) return;
    if (process.pid !== null) push(processes.byNode, node, { pid: process.pid, entry });
    if (container !== HOST && containerPid !== null) {
      push(processes.byContainer, container, { pid: containerPid, entry });
    }
  }

  /** Takes an entry out of everything, because its id stands for another process from now on. */
  remove(entry: ProcessEntry): void {
    const processes = this.of(entry.cluster);
    if (processes === undefined) return;
    const { entityId, pid } = entry.process;
    if (processes.byId.get(entityId) === entry && processes.byId.delete(entityId)) this.size -= 1;
    drop(processes.byNode.get(entry.node), pid, entry);
    drop(processes.byContainer.get(entry.container ?? HOST), entry.containerPid, entry);
  }

  /** Images of a pid of the host's namespace, which is unique on its node at any one time. */
  imagesOfPid(cluster: string, node: string, pid: number): readonly ProcessEntry[] {
    return asList(this.of(cluster)?.byNode.get(node)?.get(pid));
  }

  imagesOfContainerPid(cluster: string, container: string, pid: number): readonly ProcessEntry[] {
    return asList(this.of(cluster)?.byContainer.get(container)?.get(pid));
  }

  private of(cluster: string): ClusterProcesses | undefined {
    if (this.recent !== undefined && cluster === this.recentCluster) return this.recent;
    this.recent = this.clusters.get(cluster);
    this.recentCluster = cluster;
    return this.recent;
  }

  /** Cluster by cluster in the order of their names, within one in the order of their coming. */
  *entries(): Generator<ProcessEntry> {
    for (const cluster of [...this.clusters.keys()].toSorted()) {
      yield* this.clusters.get(cluster)?.byId.values() ?? [];
    }
  }
}

/** The images of two lists, each once, as many as are compared. */
export function joinImages(
  young: readonly ProcessEntry[],
  old: readonly ProcessEntry[],
): readonly ProcessEntry[] {
  if (old.length === 0) return newestImages(young);
  if (young.length === 0) return newestImages(old);
  return newestImages([...new Set([...young, ...old])]);
}

const asList = (images: Images | undefined): readonly ProcessEntry[] => {
  if (images === undefined) return NO_IMAGES;
  return Array.isArray(images) ? images : [images];
};

function push(
  indexes: Map<string, PidIndex>,
  place: string,
  image: { readonly pid: number; readonly entry: ProcessEntry },
): void {
  const { pid, entry } = image;
  let index = indexes.get(place);
  if (index === undefined) {
    index = new Map();
    indexes.set(place, index);
  }
  const known = index.get(pid);
  if (known === undefined) index.set(pid, entry);
  else if (!Array.isArray(known)) index.set(pid, known === entry ? entry : [known, entry]);
  else if (!known.includes(entry)) {
    known.push(entry);
    // Cut only at twice the length, so that a process that executes itself for ever costs little.
    if (known.length >= 2 * IMAGES_PER_PID_MAX) index.set(pid, newestImages(known));
  }
}

function drop(index: PidIndex | undefined, pid: number | null, entry: ProcessEntry): void {
  const images = pid === null ? undefined : index?.get(pid);
  if (index === undefined || pid === null || images === undefined) return;
  const rest = asList(images).filter((image) => image !== entry);
  if (rest.length === 0) index.delete(pid);
  else index.set(pid, rest);
}

/** The images that started last: a choice that depends on no order of arrival. */
function newestImages<List extends readonly ProcessEntry[]>(images: List): List | ProcessEntry[] {
  if (images.length <= IMAGES_PER_PID_MAX) return images;
  return images.toSorted(startedLater).slice(0, IMAGES_PER_PID_MAX);
}

function startedLater(left: ProcessEntry, right: ProcessEntry): number {
  const difference = (right.process.startTime ?? 0) - (left.process.startTime ?? 0);
  if (difference !== 0) return difference;
  return left.process.entityId < right.process.entityId ? -1 : 1;
}
