import type { RuleFile } from '../model/observation.ts';
import type { RuleHead } from '../lib/sigma/rule-document.ts';
import { compileRuleSet } from './compile-rule-set.ts';

/** How one of a rule's own tests went. */
export interface RuleTestResult {
  readonly ruleId: string;
  readonly title: string;
  readonly path: string;
  readonly test: string;
  /** What the test says must be. */
  readonly expected: boolean;
  readonly matched: boolean;
}

/**
 * Sends raw events, each in JSON and in the order of their arrival, through the whole path with
 * these rules and a past of its own, and answers with the ids of all rules that matched. The rooms
 * on that path do not know each other, so whoever joins them passes this in.
 */
export type JudgeEvents = (
  files: readonly RuleFile[],
  events: readonly string[],
) => ReadonlySet<string>;

/** Runs the tests that rules bring along, in the order of paths. Rules that are not loaded have none. */
export function runRuleTests(files: readonly RuleFile[], judge: JudgeEvents): RuleTestResult[] {
  return compileRuleSet(files).rules.flatMap((rule) => testRule(rule, files, judge));
}

function testRule(
  { ruleId, title, path, extension }: RuleHead,
  files: readonly RuleFile[],
  judge: JudgeEvents,
): RuleTestResult[] {
  return extension.tests.map(({ name, match, events }) => ({
    ruleId,
    title,
    path,
    test: name,
    expected: match,
    matched: judge(files, events).has(ruleId),
  }));
}
