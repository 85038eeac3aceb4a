import type { DetectionDocument } from '../lib/sigma/rule-set.ts';
import type { Matcher } from './match/compile-search.ts';

export interface CompiledRule {
  readonly document: DetectionDocument;
  readonly matches: Matcher;
}

/** Finds the rules that an event of some classes has to be shown to. */
export interface RuleIndex {
  /** In the order of paths and documents; `eventClass` as bits. */
  rulesFor(eventClass: number): readonly CompiledRule[];
}

/** Sorts rules by logsource. The number of class combinations is small, so each list is made once. */
export function createRuleIndex(rules: readonly CompiledRule[]): RuleIndex {
  const lists: (readonly CompiledRule[] | undefined)[] = [];
  return {
    rulesFor: (eventClass) => {
      const known = lists[eventClass];
      if (known !== undefined) return known;
      const list = rules.filter(
        ({ document }) => (document.eventClass & eventClass) === document.eventClass,
      );
      lists[eventClass] = list;
      return list;
    },
  };
}
