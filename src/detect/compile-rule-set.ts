import type { RuleFile } from '../model/observation.ts';
import type { RuleProblem } from '../lib/sigma/rule-error.ts';
import { parseRuleSet, type RuleSet } from '../lib/sigma/rule-set.ts';
import type { RuleHead } from '../lib/sigma/rule-document.ts';
import { compileSearch } from './match/compile-search.ts';
import { createFieldSlots } from './match/field-slots.ts';
import type { CompiledRule } from './rule-index.ts';

export interface CompiledRuleSet {
  /** Detections and correlations that are loaded, detections first. */
  readonly rules: readonly RuleHead[];
  /** One per rule that is not loaded, and why. */
  readonly problems: readonly RuleProblem[];
  readonly detections: readonly CompiledRule[];
  /** Fields the detections read, by slot. */
  readonly fields: readonly string[];
  readonly ruleSet: RuleSet;
}

/** Reads and compiles rule files. Broken rules are left out and named; the others work. */
export function compileRuleSet(files: readonly RuleFile[]): CompiledRuleSet {
  const ruleSet = parseRuleSet(files);
  const slots = createFieldSlots();
  const detections = ruleSet.detections.map((document) => ({
    document,
    matches: compileSearch(document.search, slots),
  }));
  return {
    rules: [...ruleSet.detections, ...ruleSet.correlations],
    problems: ruleSet.problems,
    detections,
    fields: slots.fields,
    ruleSet,
  };
}
