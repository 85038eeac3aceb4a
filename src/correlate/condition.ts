import type { CorrelationRule } from './correlation-rule.ts';
import { compareEntries, isWithin, type Entry } from './entry.ts';
import type { Progress } from './group.ts';

/** A group's entries and how far they came, up to the entry number `at`. */
export interface WindowState {
  readonly entries: readonly Entry[];
  readonly progress: Progress;
}

/** Takes the newest entry into the progress of a sequence. Counts have none: their entries say all. */
export function advance(rule: CorrelationRule, progress: Progress, entry: Entry): void {
  if (rule.type === 'temporal') advanceUnordered(rule, progress, entry);
  if (rule.type === 'temporal_ordered') advanceOrdered(rule, progress, entry);
}

/** An event that matches several rules counts for each of them: each asks whether it happened. */
function advanceUnordered(rule: CorrelationRule, { latest }: Progress, entry: Entry): void {
  for (let bit = 0; bit < rule.ruleCount; bit += 1) {
    if ((entry.hits & (1 << bit)) === 0) continue;
    const known = latest[bit] ?? null;
    if (known === null || compareEntries(known, entry) < 0) latest[bit] = entry;
  }
}

/**
 * Of all chains that end in a step only the one that began latest can still matter, so one for
 * each step is state enough. From the last step down, so that an event never follows itself.
 */
function advanceOrdered(rule: CorrelationRule, { chains }: Progress, entry: Entry): void {
  for (let bit = rule.ruleCount - 1; bit >= 0; bit -= 1) {
    if ((entry.hits & (1 << bit)) === 0) continue;
    const before = bit === 0 ? [] : (chains[bit - 1] ?? []);
    const [start] = before;
    if (bit > 0 && (start === undefined || !isWithin(start, entry, rule.timespan))) continue;
    chains[bit] = [...before, entry];
  }
}

/** Whether the condition holds in the closed window that ends at the entry number `at`. */
export function holds(rule: CorrelationRule, state: WindowState, at: number): boolean {
  const { entries, progress } = state;
  const last = entries[at];
  if (last === undefined) return false;
  if (rule.type === 'temporal') {
    const count = progress.latest.filter(
      (hit) => hit !== null && isWithin(hit, last, rule.timespan),
    ).length;
    return count >= rule.atLeast && count <= rule.atMost;
  }
  if (rule.type === 'temporal_ordered') {
    const start = progress.chains[rule.ruleCount - 1]?.[0];
    return start !== undefined && isWithin(start, last, rule.timespan);
  }
  const enough = entries[at - rule.atLeast + 1];
  if (enough === undefined || !isWithin(enough, last, rule.timespan)) return false;
  if (rule.atMost === Infinity) return true;
  const tooMuch = entries[at - rule.atMost];
  return tooMuch === undefined || !isWithin(tooMuch, last, rule.timespan);
}

/** The entries a condition that holds stands on, in order; asked only where `holds` is true. */
export function evidenceOf(
  rule: CorrelationRule,
  state: WindowState,
  at: number,
): readonly Entry[] {
  const { entries, progress } = state;
  const last = entries[at];
  if (last === undefined) return [];
  if (rule.type === 'temporal_ordered') return progress.chains[rule.ruleCount - 1] ?? [];
  if (rule.type === 'temporal') {
    const hits = progress.latest.filter((hit) => hit !== null);
    const inside = hits.filter((hit) => isWithin(hit, last, rule.timespan));
    return [...new Set(inside)].toSorted(compareEntries);
  }
  let from = at;
  for (; from > 0; from -= 1) {
    const earlier = entries[from - 1];
    if (earlier === undefined || !isWithin(earlier, last, rule.timespan)) break;
  }
  return entries.slice(from, at + 1);
}
