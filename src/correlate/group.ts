import type { Micros } from '../model/micros.ts';
import type { CorrelationRule } from './correlation-rule.ts';
import type { Entry } from './entry.ts';
import type { GroupKey } from './group-keys.ts';

/** How far a sequence has come. */
export interface Progress {
  /** `temporal`: newest entry of each rule. */
  readonly latest: (Entry | null)[];
  /** `temporal_ordered`: for each step the chain ending in it that began latest; empty if none. */
  readonly chains: (readonly Entry[])[];
}

/** A stretch of time in which the condition held. */
export interface Run {
  readonly first: Micros;
  last: Micros;
}

/** The state of one correlation for one group key. Plain data. */
export interface Group {
  readonly key: string;
  readonly label: string;
  /** Pod, container or node whose quota the group counts against. */
  readonly owner: string;
  /** In the total order, newest last. */
  entries: Entry[];
  readonly progress: Progress;
  /** Whether the condition held at the newest entry. */
  active: boolean;
  runs: Run[];
  /** Time of the newest match that was told. */
  toldAt: Micros | null;
  /** Newest released order time when the group last took an entry; it expires by that. */
  touchedAt: Micros;
  /** Number of that touch, which orders groups by age. */
  touch: number;
}

export const createProgress = (rule: CorrelationRule): Progress => ({
  latest: Array.from({ length: rule.ruleCount }, () => null),
  chains: Array.from({ length: rule.ruleCount }, () => []),
});

export const createGroup = (rule: CorrelationRule, key: GroupKey, owner: string): Group => ({
  key: key.key,
  label: key.label,
  owner,
  entries: [],
  progress: createProgress(rule),
  active: false,
  runs: [],
  toldAt: null,
  touchedAt: 0,
  touch: 0,
});

/** A copy that the group's later changes do not reach; entries never change and are shared. */
export const copyGroup = (group: Group): Group => ({
  ...group,
  entries: [...group.entries],
  progress: { latest: [...group.progress.latest], chains: [...group.progress.chains] },
  runs: group.runs.map(({ first, last }) => ({ first, last })),
});

/** How near a group is to a match, as a small number: the nearest ones are kept longest. */
export function stepsDone(rule: CorrelationRule, group: Group): number {
  if (rule.type === 'temporal') return group.progress.latest.filter((hit) => hit !== null).length;
  if (rule.type === 'temporal_ordered') {
    return group.progress.chains.filter((chain) => chain.length > 0).length;
  }
  return Math.min(2, group.entries.length);
}
