import type { ProcessNode } from '../model/lineage.ts';
import type { ProcessEntry } from './process-entry.ts';
import { newEntry } from './process-entry.ts';

/**
 * The process table in columns. As objects 100,000 processes would take four times as long to
 * serialize; here each text that repeats is stored once, and nodes and chains of ancestors, which
 * many processes share, are stored once and shared again afterwards. NaN stands for null.
 */
export interface SavedProcesses {
  readonly texts: readonly string[];
  readonly entityIds: readonly string[];
  readonly parentEntityIds: readonly (string | null)[];
  readonly arguments: readonly string[];
  /** Per node: pid, uid, start time. */
  readonly nodeNumbers: Float64Array;
  /** Per node: binary and working directory as indexes of texts. */
  readonly nodeTexts: Uint32Array;
  /** Ancestors of all chains, one chain after the other, as indexes of nodes. */
  readonly chains: Uint32Array;
  /** Where each chain ends. */
  readonly chainEnds: Uint32Array;
  /** Per entry: pid in the container, end time. */
  readonly entryNumbers: Float64Array;
  /** Per entry: node index, chain, cluster, node name, container (1 more; 0 for null), is young. */
  readonly entryLinks: Uint32Array;
  /** Further exec_ids by which processes are known. */
  readonly furtherIds: readonly string[];
  /** Per further id: the entry, is young. */
  readonly furtherLinks: Uint32Array;
}

const NODE_NUMBERS = 3;
const NODE_TEXTS = 2;
const ENTRY_NUMBERS = 2;
const ENTRY_LINKS = 7;
const FURTHER_LINKS = 2;

const orNaN = (value: number | null): number => value ?? Number.NaN;
const orNull = (value: number | undefined): number | null =>
  value === undefined || Number.isNaN(value) ? null : value;

/** Gives each distinct thing a number in the order of its first use. */
class Numbering<Thing> {
  readonly things: Thing[] = [];
  private readonly numbers = new Map<Thing, number>();

  of(thing: Thing): number {
    const known = this.numbers.get(thing);
    if (known !== undefined) return known;
    const number = this.things.length;
    this.numbers.set(thing, number);
    this.things.push(thing);
    return number;
  }
}

/** Entries and their further ids, each with the generation it is in. */
export function saveProcesses(
  entries: Iterable<readonly [entry: ProcessEntry, isYoung: boolean]>,
  furtherIds: Iterable<readonly [id: string, entry: ProcessEntry, isYoung: boolean]>,
): SavedProcesses {
  const further = [...furtherIds];
  // Hardly any process has one, and numbering all of them would take as long as the rest.
  const numbers = new Map(further.map(([, entry]) => [entry, 0]));
  let count = 0;
  const texts = new Numbering<string>();
  const nodes = new Numbering<ProcessNode>();
  const chains = new Numbering<readonly ProcessNode[]>();
  const entryNumbers: number[] = [];
  const entryLinks: number[] = [];
  for (const [entry, isYoung] of entries) {
    if (numbers.size > 0 && numbers.has(entry)) numbers.set(entry, count);
    count += 1;
    entryNumbers.push(orNaN(entry.containerPid), orNaN(entry.endTime));
    entryLinks.push(
      nodes.of(entry.process),
      chains.of(entry.lineage.ancestors),
      texts.of(entry.cluster),
      texts.of(entry.node),
      entry.container === null ? 0 : texts.of(entry.container) + 1,
      isYoung ? 1 : 0,
      entry.seenTick >>> 0,
    );
  }
  return {
    ...saveChains(chains.things, nodes),
    ...saveNodes(nodes.things, texts),
    ...saveFurtherIds(further, numbers),
    texts: texts.things,
    entryNumbers: Float64Array.from(entryNumbers),
    entryLinks: Uint32Array.from(entryLinks),
  };
}

function saveFurtherIds(
  ids: readonly (readonly [id: string, entry: ProcessEntry, isYoung: boolean])[],
  numbers: ReadonlyMap<ProcessEntry, number>,
): Pick<SavedProcesses, 'furtherIds' | 'furtherLinks'> {
  const furtherIds: string[] = [];
  const links: number[] = [];
  for (const [id, entry, isYoung] of ids) {
    furtherIds.push(id);
    links.push(numbers.get(entry) ?? 0, isYoung ? 1 : 0);
  }
  return { furtherIds, furtherLinks: Uint32Array.from(links) };
}

function saveChains(
  chains: readonly (readonly ProcessNode[])[],
  nodes: Numbering<ProcessNode>,
): Pick<SavedProcesses, 'chains' | 'chainEnds'> {
  const members: number[] = [];
  const chainEnds = new Uint32Array(chains.length);
  for (const [index, chain] of chains.entries()) {
    for (const node of chain) members.push(nodes.of(node));
    chainEnds[index] = members.length;
  }
  return { chains: Uint32Array.from(members), chainEnds };
}

function saveNodes(
  nodes: readonly ProcessNode[],
  texts: Numbering<string>,
): Pick<
  SavedProcesses,
  'entityIds' | 'parentEntityIds' | 'arguments' | 'nodeNumbers' | 'nodeTexts'
> {
  const nodeNumbers = new Float64Array(nodes.length * NODE_NUMBERS);
  const nodeTexts = new Uint32Array(nodes.length * NODE_TEXTS);
  for (const [index, node] of nodes.entries()) {
    nodeNumbers[index * NODE_NUMBERS] = orNaN(node.pid);
    nodeNumbers[index * NODE_NUMBERS + 1] = orNaN(node.uid);
    nodeNumbers[index * NODE_NUMBERS + 2] = orNaN(node.startTime);
    nodeTexts[index * NODE_TEXTS] = texts.of(node.binary);
    nodeTexts[index * NODE_TEXTS + 1] = texts.of(node.cwd);
  }
  return {
    entityIds: nodes.map((node) => node.entityId),
    parentEntityIds: nodes.map((node) => node.parentEntityId),
    arguments: nodes.map((node) => node.arguments),
    nodeNumbers,
    nodeTexts,
  };
}

/** Takes what was saved. */
interface Restoring {
  add(entry: ProcessEntry, isYoung: boolean): void;
  addId(id: string, entry: ProcessEntry, isYoung: boolean): void;
}

/** Hands out the saved entries and their further ids, in the order they were saved in. */
export function restoreProcesses(saved: SavedProcesses, into: Restoring): void {
  const entries = restoreEntries(saved, into);
  for (const [index, id] of saved.furtherIds.entries()) {
    const entry = entries[saved.furtherLinks[index * FURTHER_LINKS] ?? 0];
    const isYoung = saved.furtherLinks[index * FURTHER_LINKS + 1] === 1;
    if (entry !== undefined) into.addId(id, entry, isYoung);
  }
}

function restoreEntries(saved: SavedProcesses, into: Restoring): ProcessEntry[] {
  const entries: ProcessEntry[] = [];
  const nodes = restoreNodes(saved);
  const chains = restoreChains(saved, nodes);
  const { entryLinks, entryNumbers, texts } = saved;
  const count = entryLinks.length / ENTRY_LINKS;
  for (let index = 0; index < count; index += 1) {
    const link = (offset: number): number => entryLinks[index * ENTRY_LINKS + offset] ?? 0;
    const node = nodes[link(0)];
    const chain = chains[link(1)];
    if (node === undefined || chain === undefined) continue;
    const place = { cluster: texts[link(2)] ?? '', node: texts[link(3)] ?? '' };
    const entry = newEntry(place, node, chain);
    entry.container = link(4) === 0 ? null : (texts[link(4) - 1] ?? null);
    entry.containerPid = orNull(entryNumbers[index * ENTRY_NUMBERS]);
    entry.endTime = orNull(entryNumbers[index * ENTRY_NUMBERS + 1]);
    entry.seenTick = link(6) | 0;
    into.add(entry, link(5) === 1);
    entries.push(entry);
  }
  return entries;
}

function restoreNodes(saved: SavedProcesses): ProcessNode[] {
  return saved.entityIds.map((entityId, index) => ({
    entityId,
    parentEntityId: saved.parentEntityIds[index] ?? null,
    pid: orNull(saved.nodeNumbers[index * NODE_NUMBERS]),
    binary: saved.texts[saved.nodeTexts[index * NODE_TEXTS] ?? 0] ?? '',
    arguments: saved.arguments[index] ?? '',
    cwd: saved.texts[saved.nodeTexts[index * NODE_TEXTS + 1] ?? 0] ?? '',
    uid: orNull(saved.nodeNumbers[index * NODE_NUMBERS + 1]),
    startTime: orNull(saved.nodeNumbers[index * NODE_NUMBERS + 2]),
  }));
}

function restoreChains(saved: SavedProcesses, nodes: readonly ProcessNode[]): ProcessNode[][] {
  const chains: ProcessNode[][] = [];
  let from = 0;
  for (const end of saved.chainEnds) {
    const chain: ProcessNode[] = [];
    for (; from < end; from += 1) {
      const node = nodes[saved.chains[from] ?? 0];
      if (node !== undefined) chain.push(node);
    }
    chains.push(chain);
  }
  return chains;
}
