import type { Micros } from '../model/micros.ts';
import { MICROS_PER_SECOND } from '../model/micros.ts';

/** The times a node's start is told with differ by clock steps; beyond this it started again. */
const SAME_START_MICROS = 60 * MICROS_PER_SECOND;

/** What a snapshot keeps: cluster, node and start (NaN if unknown) of each. */
export interface SavedNodes {
  readonly names: readonly string[];
  readonly starts: readonly number[];
}

/**
 * The nodes Tetragon told of, by its own names, and when each started. Falco may call a node by a
 * shorter or a longer name, or by that of its own pod.
 */
export class KnownNodes {
  private readonly nodesMax: number;
  private size = 0;
  /** By cluster, then by name: the start of the node, NaN if unknown. */
  private readonly clusters = new Map<string, Map<string, Micros>>();
  /** By cluster and first label of the name: the name, null if several nodes have that label. */
  private readonly byLabel = new Map<string, string | null>();

  constructor(nodesMax: number) {
    this.nodesMax = nodesMax;
  }

  /** Nodes beyond the maximum stay unknown, whoever comes first. */
  note(cluster: string, node: string): void {
    if (node === '' || this.clusters.get(cluster)?.has(node) === true) return;
    this.add(cluster, node, Number.NaN);
  }

  /**
   * Takes down when a node started, by its first process. True if it had started before, so that
   * everything that ran on it is gone.
   */
  noteStart(cluster: string, node: string, start: Micros): boolean {
    const nodes = this.clusters.get(cluster);
    const before = nodes?.get(node);
    if (nodes === undefined || before === undefined) return false;
    if (start <= before) return false;
    nodes.set(node, start);
    return start > before + SAME_START_MICROS;
  }

  /** The node as Tetragon calls it; null if Tetragon told of no such node, or of several. */
  nameOf(cluster: string, said: string): string | null {
    if (said === '') return null;
    if (this.clusters.get(cluster)?.has(said) === true) return said;
    const name = this.byLabel.get(labelKey(cluster, said)) ?? null;
    if (name === null) return null;
    const isShort = !said.includes('.') || !name.includes('.');
    return isShort || said.toLowerCase() === name.toLowerCase() ? name : null;
  }

  snapshot(): SavedNodes {
    const names: string[] = [];
    const starts: number[] = [];
    for (const [cluster, nodes] of this.clusters) {
      for (const [node, start] of nodes) {
        names.push(cluster, node);
        starts.push(start);
      }
    }
    return { names, starts };
  }

  restore({ names, starts }: SavedNodes): void {
    this.size = 0;
    this.clusters.clear();
    this.byLabel.clear();
    for (const [index, start] of starts.entries()) {
      this.add(names[2 * index] ?? '', names[2 * index + 1] ?? '', start);
    }
  }

  private add(cluster: string, node: string, start: Micros): void {
    if (this.size >= this.nodesMax) return;
    this.size += 1;
    const nodes = this.clusters.get(cluster) ?? new Map<string, Micros>();
    nodes.set(node, start);
    this.clusters.set(cluster, nodes);
    const key = labelKey(cluster, node);
    this.byLabel.set(key, this.byLabel.has(key) ? null : node);
  }
}

const labelKey = (cluster: string, node: string): string =>
  `${cluster}\0${(node.split('.', 1)[0] ?? '').toLowerCase()}`;
