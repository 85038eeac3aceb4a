import type { Micros } from '../model/micros.ts';
import { MICROS_PER_SECOND } from '../model/micros.ts';
import type { ProcessEntry } from './process-entry.ts';
import {
  IMAGES_PER_COMMAND_MAX,
  IMAGES_PER_PID_MAX,
  joinImages,
  ProcessGeneration,
} from './process-generation.ts';
import type { SavedProcesses } from './saved-processes.ts';
import { restoreProcesses, saveProcesses } from './saved-processes.ts';

/** No node is down for less; so the slack that ends are given does not reach over a restart. */
const RESTART_MICROS = 2 * MICROS_PER_SECOND;

/**
 * Program images by their ids, pids and commands, bounded in two ways: ended processes leave when
 * `forgetEnded` was called twice since they were last used, and beyond the maximum the ones not used
 * for longest leave, running or not. Only events of a process use it, never a look-up by pid or
 * command; so what is forgotten depends on nothing but the order of events.
 */
export class ProcessStore {
  private readonly processesMax: number;
  private young = new ProcessGeneration();
  private old = new ProcessGeneration();

  constructor(processesMax: number) {
    this.processesMax = processesMax;
  }

  find(cluster: string, id: string): ProcessEntry | undefined {
    const young = this.young.get(cluster, id);
    if (young !== undefined) return young;
    const old = this.old.get(cluster, id);
    if (old !== undefined) this.renew(old, id);
    return old;
  }

  add(entry: ProcessEntry): void {
    if (this.isYoungFull()) this.rotate();
    this.young.add(entry);
  }

  /** An entry that is used is young, and so is the id it is used by, which may be a further one. */
  renew(entry: ProcessEntry, id: string): void {
    if (!this.isYoung(entry)) this.add(entry);
    if (id !== entry.process.entityId) this.young.setId(id, entry);
  }

  /** Changes an entry's place or command; `find` was the last that was asked for it. */
  change(entry: ProcessEntry, change: () => void): void {
    this.young.unindex(entry);
    this.old.unindex(entry);
    change();
    this.young.index(entry);
  }

  /** Images that once had this pid of the node, in no particular order. */
  imagesOfPid(cluster: string, node: string, pid: number): readonly ProcessEntry[] {
    return joinImages(
      this.young.imagesOfPid(cluster, node, pid),
      this.old.imagesOfPid(cluster, node, pid),
      IMAGES_PER_PID_MAX,
    );
  }

  /** Images that once had this pid within the container. */
  imagesOfContainerPid(cluster: string, container: string, pid: number): readonly ProcessEntry[] {
    return joinImages(
      this.young.imagesOfContainerPid(cluster, container, pid),
      this.old.imagesOfContainerPid(cluster, container, pid),
      IMAGES_PER_PID_MAX,
    );
  }

  /** Images that may have the command of this key; some others too. */
  imagesOfCommand(cluster: string, key: number): readonly ProcessEntry[] {
    return joinImages(
      this.young.imagesOfCommand(cluster, key),
      this.old.imagesOfCommand(cluster, key),
      IMAGES_PER_COMMAND_MAX,
    );
  }

  /** The node started again: whatever ran on it has ended a good while before. */
  endNode(cluster: string, node: string, start: Micros): void {
    const end = start - RESTART_MICROS;
    for (const generation of [this.old, this.young]) {
      for (const image of generation.imagesOfNode(cluster, node)) endBy(image, end);
    }
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
    for (const [id, entry] of this.old.furtherIds()) {
      if (this.isYoung(entry)) this.young.setId(id, entry);
    }
    this.rotate();
  }

  snapshot(): SavedProcesses {
    return saveProcesses(this.savedEntries(), this.savedIds());
  }

  restore(saved: SavedProcesses): void {
    this.young = new ProcessGeneration();
    this.old = new ProcessGeneration();
    restoreProcesses(saved, {
      add: (entry, isYoung) => (isYoung ? this.young : this.old).add(entry),
      addId: (id, entry, isYoung) => (isYoung ? this.young : this.old).setId(id, entry),
    });
  }

  private isYoung(entry: ProcessEntry): boolean {
    return this.young.get(entry.cluster, entry.process.entityId) !== undefined;
  }

  private isYoungFull(): boolean {
    return this.young.size >= this.processesMax >> 1;
  }

  private rotate(): void {
    this.old = this.young;
    this.young = new ProcessGeneration();
  }

  /** Each entry once; one that is in both halves counts as young. */
  private *savedEntries(): Generator<readonly [ProcessEntry, boolean]> {
    for (const entry of this.old.entries()) if (!this.isYoung(entry)) yield [entry, false];
    for (const entry of this.young.entries()) yield [entry, true];
  }

  private *savedIds(): Generator<readonly [string, ProcessEntry, boolean]> {
    for (const [id, entry] of this.old.furtherIds()) {
      if (this.young.get(entry.cluster, id) === undefined) yield [id, entry, false];
    }
    for (const [id, entry] of this.young.furtherIds()) yield [id, entry, true];
  }
}

/** An image ran no longer than until then. */
export function endBy(image: ProcessEntry, time: Micros): void {
  const { startTime } = image.process;
  if (startTime === null || startTime >= time) return;
  if (image.endTime === null || image.endTime > time) image.endTime = time;
}
