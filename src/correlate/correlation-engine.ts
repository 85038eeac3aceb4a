import type { Finding } from '../model/finding.ts';
import type { Micros } from '../model/micros.ts';
import type { ResolvedCorrelation } from '../lib/sigma/references.ts';
import { correlationFinding, type Match } from './correlation-finding.ts';
import { createCorrelationRule, type CorrelationRule } from './correlation-rule.ts';
import type { Entry } from './entry.ts';
import type { Group } from './group.ts';
import { GROUP_BOUNDS, GroupTable, type Clock, type GroupBounds } from './group-table.ts';
import { groupKeysOf, textsOf, type EventFacts, type GroupKey } from './group-keys.ts';
import { takeEntry } from './take-entry.ts';

/** What the correlations could not or did not do, in numbers. Each is visible to the operator. */
export interface CorrelationCounts {
  /** Events left out because a group-by (or counted) field was missing, by rule id and field. */
  readonly missingFields: ReadonlyMap<string, number>;
  /** Late events older than the revision horizon, which enter no window. */
  readonly tooLate: number;
  /** Matches not told because the group had one a moment ago. */
  readonly suppressed: number;
  /** Rules that began empty because what they match changed. */
  readonly startedEmpty: number;
  /** Groups put out by a bound. */
  readonly evicted: number;
  readonly groups: number;
}

export interface EngineSnapshot {
  readonly ordinal: number;
  readonly newest: Micros;
  readonly tables: readonly SavedTable[];
  readonly missingFields: ReadonlyMap<string, number>;
  readonly tooLate: number;
  readonly suppressed: number;
  readonly startedEmpty: number;
}

interface SavedTable {
  readonly stateKey: string;
  readonly groups: readonly Group[];
}

interface LoadedRule {
  readonly rule: CorrelationRule;
  readonly stateKey: string;
  readonly table: GroupTable;
}

export interface EventArrival {
  readonly orderTime: Micros;
  readonly late: boolean;
  readonly horizonMs: number;
  readonly findings: readonly Finding[];
  readonly facts: EventFacts;
  /** Told before each rule that is asked, so that a fault can be pinned to it. */
  onRule(ruleId: string): void;
}

const NO_FINDINGS: readonly Finding[] = Object.freeze([]);

/** Folds findings, in the order of their events, into matches of correlations. */
export class CorrelationEngine {
  readonly #bounds: GroupBounds;
  #loaded: readonly LoadedRule[] = [];
  #watched = new Set<string>();
  #ordinal = 0;
  #newest: Micros = 0;
  #missingFields = new Map<string, number>();
  #tooLate = 0;
  #suppressed = 0;
  #startedEmpty = 0;

  constructor(bounds: GroupBounds = GROUP_BOUNDS) {
    this.#bounds = bounds;
  }

  /** Replaces the rules. One that matches as before keeps its state, the others begin empty. */
  load(correlations: readonly ResolvedCorrelation[]): void {
    const old = new Map(this.#loaded.map((entry) => [entry.stateKey, entry.table]));
    const hadRules = this.#loaded.length > 0;
    this.#loaded = correlations.map((document) => {
      const rule = createCorrelationRule(document);
      const stateKey = `${document.ruleId} ${document.matchHash}`;
      const table = new GroupTable(rule, this.#bounds);
      const kept = old.get(stateKey);
      if (kept !== undefined) table.restore(kept.snapshot());
      else if (hadRules) this.#startedEmpty += 1;
      return { rule, stateKey, table };
    });
    this.#watched = new Set(correlations.flatMap(({ ruleIds }) => ruleIds));
  }

  /** Does any correlation ask for one of these findings? */
  concerns(findings: readonly Finding[]): boolean {
    for (const { ruleId } of findings) if (this.#watched.has(ruleId)) return true;
    return false;
  }

  /** Notes one released event; for one that concerns nobody this is all there is to do. */
  pass(orderTime: Micros): void {
    this.#ordinal += 1;
    this.#newest = Math.max(this.#newest, orderTime);
  }

  /** Takes one released event and answers with the matches it completed. */
  accept(arrival: EventArrival): readonly Finding[] {
    this.pass(arrival.orderTime);
    if (!this.concerns(arrival.findings)) return NO_FINDINGS;
    // Inner correlations stand before outer ones, so what they find can complete those at once.
    const findings = [...arrival.findings];
    for (const target of this.#loaded) {
      if (!findings.some(({ ruleId }) => target.rule.bitOf.has(ruleId))) continue;
      arrival.onRule(target.rule.document.ruleId);
      findings.push(...this.#ask(target, arrival, findings).map(correlationFinding));
    }
    const found = findings.slice(arrival.findings.length);
    return found.length === 0 ? NO_FINDINGS : found;
  }

  /** Closes every window and forgets all groups; the rules stay. */
  clear(): void {
    for (const { table } of this.#loaded) table.clear();
    this.#newest = 0;
  }

  counts(): CorrelationCounts {
    return {
      missingFields: new Map(this.#missingFields),
      tooLate: this.#tooLate,
      suppressed: this.#suppressed,
      startedEmpty: this.#startedEmpty,
      evicted: this.#loaded.reduce((sum, { table }) => sum + table.evicted, 0),
      groups: this.#loaded.reduce((sum, { table }) => sum + table.size, 0),
    };
  }

  snapshot(): EngineSnapshot {
    return {
      ordinal: this.#ordinal,
      newest: this.#newest,
      tables: this.#loaded.map(({ stateKey, table }) => ({ stateKey, groups: table.snapshot() })),
      missingFields: new Map(this.#missingFields),
      tooLate: this.#tooLate,
      suppressed: this.#suppressed,
      startedEmpty: this.#startedEmpty,
    };
  }

  /** The rules must have been loaded before. */
  restore(saved: EngineSnapshot): void {
    this.#ordinal = saved.ordinal;
    this.#newest = saved.newest;
    this.#missingFields = new Map(saved.missingFields);
    this.#tooLate = saved.tooLate;
    this.#suppressed = saved.suppressed;
    this.#startedEmpty = saved.startedEmpty;
    const tables = new Map(saved.tables.map(({ stateKey, groups }) => [stateKey, groups]));
    for (const { stateKey, table } of this.#loaded) table.restore(tables.get(stateKey) ?? []);
  }

  #ask(target: LoadedRule, arrival: EventArrival, findings: readonly Finding[]): Match[] {
    const matches: Match[] = [];
    const entries = entriesOf(target.rule, { arrival, findings, ordinal: this.#ordinal }, (field) =>
      this.#countMissing(target.rule, field),
    );
    for (const { key, entry } of entries) {
      const match = this.#join(target, key, { entry, arrival });
      if (match !== null) matches.push(match);
    }
    return distinctMatches(target.rule, matches);
  }

  #join({ rule, table }: LoadedRule, key: GroupKey, { entry, arrival }: Hit): Match | null {
    const { horizonMs, late } = arrival;
    const clock: Clock = { newest: this.#newest, horizonMs };
    const group = table.open(key, entry.findings[0]?.entity.key ?? '', clock);
    const outcome = takeEntry(rule, group, { entry, horizonMs });
    if (outcome.kind === 'too-late') this.#tooLate += 1;
    else table.touch(group, clock);
    if (outcome.kind === 'suppressed') this.#suppressed += 1;
    if (outcome.kind !== 'match') return null;
    return { rule, group, evidence: outcome.evidence, completing: outcome.completing, late };
  }

  #countMissing(rule: CorrelationRule, field: string): void {
    const key = `${rule.document.ruleId} ${field}`;
    this.#missingFields.set(key, (this.#missingFields.get(key) ?? 0) + 1);
  }
}

interface Hit {
  readonly entry: Entry;
  readonly arrival: EventArrival;
}

interface Asked {
  readonly arrival: EventArrival;
  readonly findings: readonly Finding[];
  readonly ordinal: number;
}

/**
 * The groups an event joins and what it is there. Where the group fields are the same for all
 * rules, one look serves all; with aliases each rule that matched has groups of its own.
 */
function entriesOf(
  rule: CorrelationRule,
  { arrival, findings, ordinal }: Asked,
  onMissing: (field: string) => void,
): { key: GroupKey; entry: Entry }[] {
  const hits = findings.filter(({ ruleId }) => rule.bitOf.has(ruleId));
  const value = countedValue(rule, arrival.facts);
  if (value === undefined) {
    onMissing(rule.valueFields.join(', '));
    return [];
  }
  const joined = new Map<string, { key: GroupKey; findings: Finding[] }>();
  for (const group of rule.hasAliases ? hits.map((hit) => [hit]) : [hits]) {
    const bit = rule.bitOf.get(group[0]?.ruleId ?? '') ?? 0;
    const keys = groupKeysOf(rule, bit, arrival.facts);
    if (typeof keys === 'string') {
      onMissing(keys);
      continue;
    }
    for (const key of keys) {
      const known = joined.get(key.key);
      if (known === undefined) joined.set(key.key, { key, findings: [...group] });
      else known.findings.push(...group);
    }
  }
  return [...joined.values()].map(({ key, findings: own }) => ({
    key,
    entry: makeEntry(rule, own, { ordinal, value }),
  }));
}

function makeEntry(
  rule: CorrelationRule,
  findings: readonly Finding[],
  { ordinal, value }: { ordinal: number; value: string | null },
): Entry {
  const [first] = findings;
  let hits = 0;
  for (const { ruleId } of findings) hits |= 1 << (rule.bitOf.get(ruleId) ?? 0);
  return {
    time: first?.orderTime ?? 0,
    nanos: first?.orderNanos ?? 0,
    ordinal,
    hits,
    value,
    findings,
  };
}

/** What a `value_count` counts of an event; undefined when one of its fields is missing. */
function countedValue(rule: CorrelationRule, facts: EventFacts): string | null | undefined {
  if (rule.type !== 'value_count') return null;
  const values = rule.valueFields.map((field) => textsOf(facts.read(field)).join('\0'));
  return values.includes('') ? undefined : JSON.stringify(values);
}

/**
 * An event that joined several groups through a list completes the same match in each of them: it
 * is told once, for the group the list names first. Ancestors are listed nearest first, and what
 * holds below a process holds below its parents too, so of those only the nearest is told.
 */
function distinctMatches(rule: CorrelationRule, matches: readonly Match[]): Match[] {
  if (matches.length < 2) return [...matches];
  if (rule.isLineage) return matches.slice(0, 1);
  const seen = new Set<string>();
  return matches.filter(({ evidence }) => {
    const key = evidence.map(({ findings }) => findings[0]?.id ?? '').join(' ');
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}
