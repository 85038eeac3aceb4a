import { compileRuleSet } from '../detect/compile-rule-set.ts';
import { readRulesFolder } from '../ingest/rules-folder.ts';
import type { RuleHead } from '../lib/sigma/rule-document.ts';
import type { RulesReport } from './services.ts';

const describe = (kind: string) => (rule: RuleHead) => {
  return { id: rule.ruleId, title: rule.title, kind, level: rule.level, path: rule.path };
};

/** Reads a folder of rules as the server does, and tells which of them can be used. */
export async function checkRules(directory: string): Promise<RulesReport> {
  const { files } = await readRulesFolder(directory);
  const { ruleSet, problems } = compileRuleSet(files);
  return {
    rules: [
      ...ruleSet.detections.map(describe('detection')),
      ...ruleSet.correlations.map(describe('correlation')),
    ],
    problems,
  };
}
