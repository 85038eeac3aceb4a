import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { compileRuleSet } from '../../src/detect/compile-rule-set.ts';
import { runRuleTests } from '../../src/detect/rule-tests.ts';
import { readRulesFolder } from '../../src/ingest/rules-folder.ts';
import { normalizeTactic } from '../../src/lib/sigma/attack-tags.ts';
import type { Finding } from '../../src/model/finding.ts';
import { findingsOf, judgeEvents } from './judge-events.ts';

const { files } = await readRulesFolder('rules');
const { rules, problems } = compileRuleSet(files);

describe('the rules that come along', () => {
  test('load without complaint', () => {
    expect(problems).toEqual([]);
    expect(rules.length).toBeGreaterThanOrEqual(12);
  });

  test.each(rules.map((rule) => [rule.title, rule] as const))('%s says what it is', (_, rule) => {
    expect(rule.ruleId).toMatch(
      /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    );
    expect(rule.author).toBe('Eyrie');
    expect(rule.description.length).toBeGreaterThan(40);
    expect(rule.references.length).toBeGreaterThan(0);
    expect(rule.falsePositives.length).toBeGreaterThan(0);
    expect(rule.attack.techniques.length).toBeGreaterThan(0);
    expect(rule.attack.tactics).toContain(rule.path.split('/')[0]);
    expect(normalizeTactic(rule.path.split('/')[0] ?? '')).not.toBeNull();
    rule.extension.runbook.forEach((question, index) => {
      expect(question.startsWith(`${index + 1}. `)).toBe(true);
    });
    expect(rule.extension.runbook.length).toBeGreaterThan(0);
    expect(new Set(rule.extension.tests.map(({ match }) => match))).toEqual(new Set([true, false]));
  });
});

const results = runRuleTests(files, judgeEvents);
test.each(results.map((result) => [`${result.title}: ${result.test}`, result] as const))(
  '%s',
  (_, { matched, expected }) => {
    expect(matched).toBe(expected);
  },
);

function findingsIn(scenario: string): readonly Finding[] {
  const lines = readFileSync(`fixtures/scenarios/${scenario}/input.ndjson`, 'utf8').split('\n');
  return findingsOf(
    files,
    lines.filter((line) => line !== ''),
  );
}

const titlesIn = (scenario: string): string[] =>
  findingsIn(scenario)
    .filter(({ kind }) => kind !== 'alert')
    .map(({ title }) => title);

describe('the scenarios', () => {
  test('the web shell is found from the first command to the token, each correlation once', () => {
    const titles = titlesIn('web-shell');
    expect(titles).toContain('Web server starts a shell');
    expect(titles).toContain('Shell opens a network connection');
    for (const title of [
      'Web shell, reverse shell and theft of the service account token',
      'Service account token read from within a reverse shell',
      'Burst of discovery commands in a pod',
    ]) {
      expect(titles.filter((found) => found === title)).toEqual([title]);
    }
  });

  test('the escape is followed from the pod to the node, each correlation once', () => {
    const titles = titlesIn('container-escape');
    expect(titles).toContain('Container reads credentials of its node');
    for (const title of [
      'Container changes its root to a mounted directory of the node',
      'Container enters the namespaces of its node',
      'What came out of a container works on its node',
      'Way out of a container, then a scheduled job on the same node',
    ]) {
      expect(titles.filter((found) => found === title)).toEqual([title]);
    }
  });

  test('the noisy rule completes no correlation', () => {
    const lines = readFileSync('fixtures/scenarios/noisy-rule/input.ndjson', 'utf8').split('\n');
    const findings = findingsOf(
      files,
      lines.filter((line) => line !== ''),
    );
    expect(findings.filter(({ kind }) => kind === 'correlation')).toEqual([]);
    expect(findings.filter(({ kind }) => kind === 'alert')).toHaveLength(315);
  });
});
