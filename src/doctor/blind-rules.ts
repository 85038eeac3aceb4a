import type { CompiledRuleSet } from '../detect/compile-rule-set.ts';
import { namesOfClass } from '../lib/sigma/event-class.ts';
import type { ResolvedCorrelation } from '../lib/sigma/references.ts';
import type { RuleHead } from '../lib/sigma/rule-document.ts';
import type { BlindRule } from './arrivals-report.ts';
import type { FieldSampler } from './field-sampler.ts';
import type { RuleReach, Seen } from './rule-reach.ts';

/**
 * Rules that can match nothing of what came so far, and what each of them waits for.
 *
 * @param samplers one per cluster.
 */
export function blindRules(
  { ruleSet }: CompiledRuleSet,
  reaches: readonly RuleReach[],
  samplers: readonly FieldSampler[],
): readonly BlindRule[] {
  const blind = new Map<string, BlindRule>();
  for (const reach of reaches) {
    const found = blindnessOf(reach, samplers);
    if (found !== null) blind.set(reach.head.ruleId, found);
  }
  // Inner correlations stand before outer ones, so one pass is enough.
  for (const correlation of ruleSet.correlations) {
    const missing = missingRules(correlation, blind);
    if (missing.length === 0) continue;
    blind.set(correlation.ruleId, {
      ...describe(correlation),
      reason: 'needs-rule',
      missing: missing.map(({ title }) => title),
      policies: [...new Set(missing.flatMap((rule) => rule.policies))],
    });
  }
  return [...blind.values()];
}

function blindnessOf(reach: RuleReach, samplers: readonly FieldSampler[]): BlindRule | null {
  const seen = seenByAny(reach, samplers);
  const rule = { ...describe(reach.head), policies: reach.policies };
  if (seen === null) {
    return { ...rule, reason: 'no-events', missing: namesOfClass(reach.eventClass) };
  }
  if (reach.canMatch(seen)) return null;
  if (reach.canMatchAnyName(seen)) return { ...rule, reason: 'no-hook', missing: reach.names };
  const missing = reach.fields.filter((field) => !seen.hasField(field));
  return { ...rule, reason: 'no-fields', missing };
}

/** What came from some of the clusters; null if no event of its class did. */
function seenByAny(reach: RuleReach, samplers: readonly FieldSampler[]): Seen | null {
  const all = samplers.map((sampler) => sampler.seenBy(reach)).filter((seen) => seen !== null);
  if (all.length === 0) return null;
  return {
    hasField: (field) => all.some((seen) => seen.hasField(field)),
    mayHaveNamed: (field, matches) => all.some((seen) => seen.mayHaveNamed(field, matches)),
  };
}

const describe = ({ ruleId, title, level, path }: RuleHead) => ({
  ruleId,
  title,
  level,
  path,
});

/** Counts need one of their rules, sequences and the like each of them. */
function missingRules(
  { correlation, ruleIds }: ResolvedCorrelation,
  blind: ReadonlyMap<string, BlindRule>,
): readonly BlindRule[] {
  const missing = ruleIds.flatMap((ruleId) => blind.get(ruleId) ?? []);
  const needsAll = correlation.type === 'temporal' || correlation.type === 'temporal_ordered';
  return needsAll || missing.length === ruleIds.length ? missing : [];
}
