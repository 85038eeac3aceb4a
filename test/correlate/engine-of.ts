import { CorrelationEngine } from '../../src/correlate/correlation-engine.ts';
import type { GroupBounds } from '../../src/correlate/group-table.ts';
import { parseRuleSet, type RuleSet, type Vocabulary } from '../../src/lib/sigma/rule-set.ts';

const ANYTHING: Vocabulary = { classOfLogsource: () => 0, hasField: () => true };

export const parseAnything = (text: string): RuleSet =>
  parseRuleSet([{ path: 'test.yml', text }], ANYTHING);

const base = (id: string): string => `title: ${id}
id: ${id}
logsource: {category: test}
detection: {s: {f: ${id}}, condition: s}
---
`;

/** The base rules a, b, c and d, and the correlations given as YAML. */
export const withBase = (correlations: string): string =>
  ['a', 'b', 'c', 'd'].map(base).join('') + correlations;

export const correlation = (body: string, more = ''): string =>
  `title: under test\nid: under-test\nlevel: high\ncorrelation: {${body}}\n${more}`;

export function engineOf(correlations: string, bounds?: GroupBounds): CorrelationEngine {
  const ruleSet = parseAnything(withBase(correlations));
  const [problem] = ruleSet.problems;
  if (problem !== undefined) throw new Error(problem.message);
  const engine = new CorrelationEngine(bounds);
  engine.load(ruleSet.correlations);
  return engine;
}
