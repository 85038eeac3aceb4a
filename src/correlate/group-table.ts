import { LIMITS } from '../config/limits.ts';
import { MICROS_PER_MS, type Micros } from '../model/micros.ts';
import type { CorrelationRule } from './correlation-rule.ts';
import { copyGroup, createGroup, stepsDone, type Group } from './group.ts';
import type { GroupKey } from './group-keys.ts';

/** Bounds on the groups of one rule; other than the defaults only in tests. */
export interface GroupBounds {
  readonly groupsPerRuleMax: number;
  readonly groupsPerOwnerMax: number;
}

export const GROUP_BOUNDS: GroupBounds = {
  groupsPerRuleMax: LIMITS.correlationGroupsPerRuleMax,
  groupsPerOwnerMax: LIMITS.correlationGroupsPerPodMax,
};

/** Where in the stream we are. */
export interface Clock {
  /** Newest order time that was released. */
  readonly newest: Micros;
  readonly horizonMs: number;
}

/**
 * The groups of one correlation, bounded in number so that no pod can push out another's. A group
 * expires when it was not touched for as long as anything in it can matter; in between it makes no
 * difference whether it is still there. Over a bound the group with the fewest steps done goes, of
 * those the one longest untouched; touches are numbered, so there are no ties.
 */
export class GroupTable {
  evicted = 0;
  readonly #rule: CorrelationRule;
  readonly #bounds: GroupBounds;
  readonly #groups = new Map<string, Group>();
  readonly #owners = new Map<string, Map<string, Group>>();
  /** By steps done; in each the longest untouched comes first. */
  readonly #shelves: Map<string, Group>[] = [];
  #touches = 0;

  constructor(rule: CorrelationRule, bounds: GroupBounds = GROUP_BOUNDS) {
    this.#rule = rule;
    this.#bounds = bounds;
  }

  get size(): number {
    return this.#groups.size;
  }

  /** The live group of a key, made if there is none. */
  open(key: GroupKey, owner: string, now: Clock): Group {
    const known = this.#groups.get(key.key);
    if (known !== undefined && !this.#isExpired(known, now)) return known;
    if (known !== undefined) this.#drop(known);
    this.#dropExpired(now);
    this.#makeRoom(owner);
    const group = createGroup(this.#rule, key, owner);
    this.#groups.set(group.key, group);
    return group;
  }

  /** To be called after a group took an entry. */
  touch(group: Group, now: Clock): void {
    this.#touches += 1;
    group.touch = this.#touches;
    group.touchedAt = now.newest;
    this.#shelve(group);
  }

  clear(): void {
    this.#groups.clear();
    this.#owners.clear();
    this.#shelves.length = 0;
  }

  /** Groups from the longest untouched to the newest, as copies. */
  snapshot(): readonly Group[] {
    const groups = [...this.#groups.values()];
    return groups.toSorted((left, right) => left.touch - right.touch).map(copyGroup);
  }

  restore(groups: readonly Group[]): void {
    this.clear();
    for (const saved of groups) {
      const group = copyGroup(saved);
      this.#groups.set(group.key, group);
      this.#shelve(group);
      this.#touches = Math.max(this.#touches, group.touch);
    }
  }

  #isExpired(group: Group, now: Clock): boolean {
    const { timespan, suppress } = this.#rule;
    const keptFor = Math.max(timespan, suppress) + now.horizonMs * MICROS_PER_MS;
    return now.newest - group.touchedAt > keptFor;
  }

  #shelve(group: Group): void {
    const done = stepsDone(this.#rule, group);
    while (this.#shelves.length <= done) this.#shelves.push(new Map());
    for (const shelf of this.#shelves) shelf.delete(group.key);
    this.#shelves[done]?.set(group.key, group);
    const own = this.#owners.get(group.owner) ?? new Map<string, Group>();
    own.delete(group.key);
    own.set(group.key, group);
    this.#owners.set(group.owner, own);
  }

  #drop(group: Group): void {
    this.#groups.delete(group.key);
    for (const shelf of this.#shelves) shelf.delete(group.key);
    const own = this.#owners.get(group.owner);
    own?.delete(group.key);
    if (own?.size === 0) this.#owners.delete(group.owner);
  }

  #dropExpired(now: Clock): void {
    for (const shelf of this.#shelves) {
      for (const group of shelf.values()) {
        if (!this.#isExpired(group, now)) break;
        this.#drop(group);
      }
    }
  }

  #makeRoom(owner: string): void {
    const own = this.#owners.get(owner);
    const isOwnerFull = own !== undefined && own.size >= this.#bounds.groupsPerOwnerMax;
    if (!isOwnerFull && this.#groups.size < this.#bounds.groupsPerRuleMax) return;
    const group = isOwnerFull ? leastDone(this.#rule, own) : firstOf(this.#shelves);
    if (group === undefined) return;
    this.#drop(group);
    this.evicted += 1;
  }
}

/** The group of one owner with the fewest steps done; of several the longest untouched. */
function leastDone(rule: CorrelationRule, own: ReadonlyMap<string, Group>): Group | undefined {
  let least: Group | undefined;
  let fewest = Infinity;
  for (const group of own.values()) {
    const done = stepsDone(rule, group);
    if (done >= fewest) continue;
    least = group;
    fewest = done;
    if (done <= 1) break;
  }
  return least;
}

function firstOf(classes: readonly ReadonlyMap<string, Group>[]): Group | undefined {
  for (const shelf of classes) {
    for (const group of shelf.values()) return group;
  }
  return undefined;
}
