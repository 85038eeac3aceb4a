import { MICROS_PER_MS } from '../model/micros.ts';
import { advance, evidenceOf, holds } from './condition.ts';
import type { CorrelationRule } from './correlation-rule.ts';
import { compareEntries, isWithin, type Entry } from './entry.ts';
import { createProgress, type Group, type Progress, type Run } from './group.ts';

/** What an entry did to its group. */
export type Outcome =
  | { readonly kind: 'none' }
  | { readonly kind: 'match'; readonly evidence: readonly Entry[]; readonly completing: Entry }
  | { readonly kind: 'suppressed' }
  | { readonly kind: 'too-late' };

const NONE: Outcome = { kind: 'none' };
const SUPPRESSED: Outcome = { kind: 'suppressed' };
const TOO_LATE: Outcome = { kind: 'too-late' };
const RUNS_MAX = 8;

/**
 * Gives an entry to a group: at the end when it is the newest, at its place when it is at most the
 * revision horizon older than the newest. Older ones enter no window.
 */
export function takeEntry(
  rule: CorrelationRule,
  group: Group,
  { entry, horizonMs }: { entry: Entry; horizonMs: number },
): Outcome {
  const newest = group.entries.at(-1);
  if (newest === undefined || compareEntries(newest, entry) < 0) {
    return append(rule, group, { entry, horizonMs });
  }
  if (newest.time - entry.time > horizonMs * MICROS_PER_MS) return TOO_LATE;
  return insert(rule, group, entry);
}

function append(
  rule: CorrelationRule,
  group: Group,
  { entry, horizonMs }: { entry: Entry; horizonMs: number },
): Outcome {
  const newest = group.entries.at(-1);
  // A window that ran empty since arms the rule again, even if this entry alone fulfills it.
  if (newest !== undefined && !isWithin(newest, entry, rule.timespan)) group.active = false;
  if (entry.value !== null) dropSameValue(group, entry.value);
  group.entries.push(entry);
  prune(rule, group, horizonMs);
  advance(rule, group.progress, entry);
  const at = group.entries.length - 1;
  const wasActive = group.active;
  group.active = holds(rule, group, at);
  if (!group.active) return NONE;
  if (wasActive) {
    extendRun(group, entry);
    return NONE;
  }
  return tell(rule, group, { evidence: evidenceOf(rule, group, at), completing: entry });
}

/**
 * A late entry is put where it belongs and the group's entries are gone through again. A match that
 * was there before stands as it was told, also one that the late entry would now contradict (an
 * upper bound that is passed): taking matches back is not built, and here is where it would be.
 */
function insert(rule: CorrelationRule, group: Group, entry: Entry): Outcome {
  const isKnown = group.entries.some(({ findings }) =>
    findings.some(({ id }) => entry.findings.some((finding) => finding.id === id)),
  );
  // A second copy of an event that came after its id was forgotten.
  if (isKnown) return NONE;
  if (entry.value !== null && !makeWayForValue(group, entry)) return NONE;
  const place = group.entries.findIndex((other) => compareEntries(entry, other) < 0);
  group.entries.splice(place === -1 ? group.entries.length : place, 0, entry);
  if (group.entries.length > rule.entriesMax) group.entries.shift();
  const found = goThroughAgain(rule, group, entry);
  group.active = holds(rule, group, group.entries.length - 1);
  if (found === null || group.runs.some((run) => overlaps(run, found))) return NONE;
  return tell(rule, group, found);
}

interface Found {
  readonly evidence: readonly Entry[];
  readonly completing: Entry;
}

/** The first rising edge that the late entry has a part in, if any. */
function goThroughAgain(rule: CorrelationRule, group: Group, late: Entry): Found | null {
  const { entries } = group;
  const progress = createProgress(rule);
  const state = { entries, progress };
  let isActive = false;
  let found: Found | null = null;
  entries.forEach((entry, at) => {
    const before = entries[at - 1];
    if (before !== undefined && !isWithin(before, entry, rule.timespan)) isActive = false;
    advance(rule, progress, entry);
    const isHolding = holds(rule, state, at);
    if (isHolding && !isActive && found === null) {
      const evidence = evidenceOf(rule, state, at);
      if (evidence.includes(late)) found = { evidence, completing: entry };
    }
    isActive = isHolding;
  });
  mergeProgress(group.progress, progress);
  return found;
}

/** What was known before may stand on entries that are no longer kept; the better one of both stays. */
function mergeProgress(known: Progress, again: Progress): void {
  again.latest.forEach((entry, bit) => {
    const before = known.latest[bit] ?? null;
    if (entry !== null && (before === null || compareEntries(before, entry) < 0)) {
      known.latest[bit] = entry;
    }
  });
  again.chains.forEach((chain, bit) => {
    const [start] = chain;
    const [before] = known.chains[bit] ?? [];
    if (start !== undefined && (before === undefined || compareEntries(before, start) < 0)) {
      known.chains[bit] = chain;
    }
  });
}

function tell(rule: CorrelationRule, group: Group, found: Found): Outcome {
  const { evidence, completing } = found;
  const run = { first: evidence[0]?.time ?? completing.time, last: completing.time };
  group.runs = [...group.runs, run].slice(-RUNS_MAX);
  const isQuiet = group.toldAt !== null && Math.abs(completing.time - group.toldAt) < rule.suppress;
  if (isQuiet) return SUPPRESSED;
  group.toldAt = Math.max(group.toldAt ?? completing.time, completing.time);
  return { kind: 'match', evidence, completing };
}

const overlaps = (run: Run, { evidence, completing }: Found): boolean =>
  run.first <= completing.time && (evidence[0]?.time ?? completing.time) <= run.last;

/** The newest run goes on as long as the condition holds. */
function extendRun(group: Group, entry: Entry): void {
  let newest: Run | null = null;
  for (const run of group.runs) if (newest === null || run.last > newest.last) newest = run;
  if (newest !== null) newest.last = entry.time;
}

/** Distinct values are counted by the newest entry of each. */
function dropSameValue(group: Group, value: string): void {
  const at = group.entries.findIndex((entry) => entry.value === value);
  if (at !== -1) group.entries.splice(at, 1);
}

/** A late value counts only where the same value did not come again later, which stands for both. */
function makeWayForValue(group: Group, late: Entry): boolean {
  const at = group.entries.findIndex((entry) => entry.value === late.value);
  const twin = group.entries[at];
  if (twin === undefined) return true;
  if (compareEntries(late, twin) < 0) return false;
  group.entries.splice(at, 1);
  return true;
}

/** Leaves what a window can still reach, also the window of an entry that comes late. */
function prune(rule: CorrelationRule, group: Group, horizonMs: number): void {
  const { entries } = group;
  const newest = entries.at(-1);
  if (newest === undefined) return;
  const oldest = newest.time - rule.timespan - horizonMs * MICROS_PER_MS;
  let from = Math.max(0, entries.length - rule.entriesMax);
  while ((entries[from]?.time ?? oldest) < oldest) from += 1;
  if (from > 0) entries.splice(0, from);
}
