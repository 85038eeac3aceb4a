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
  });

  test.each(rules.map((rule) => [rule.title, rule] as const))(
    '%s has two tests of either kind, fed by whatever can feed it',
    (_, { name, extension }) => {
      const positive = extension.tests.filter(({ match }) => match);
      expect(positive.length).toBeGreaterThanOrEqual(2);
      expect(extension.tests.length - positive.length).toBeGreaterThanOrEqual(2);
      const lines = positive.flatMap(({ events }) => events);
      expect(lines.some((line) => line.startsWith('{"process_'))).toBe(true);
      // Falco has no field for the kind of a namespace.
      const hasFalco = lines.some((line) => line.includes('"output_fields"'));
      expect(hasFalco).toBe(name !== 'mount_namespace_entered');
    },
  );

  test('detections lie in twelve tactics', () => {
    const folders = new Set(
      compileRuleSet(files).ruleSet.detections.map(({ path }) => path.split('/')[0] ?? ''),
    );
    expect([...folders].toSorted()).toEqual([
      'collection',
      'command-and-control',
      'credential-access',
      'defense-evasion',
      'discovery',
      'execution',
      'exfiltration',
      'impact',
      'initial-access',
      'lateral-movement',
      'persistence',
      'privilege-escalation',
    ]);
  });

  test('what is only there to be referred to is referred to', () => {
    const helpers = rules.filter(({ description }) => description.includes('Only there to be'));
    const used = new Set(
      files.flatMap(({ text }) => [...text.matchAll(/^ {4}- (\w+)$/gm)].map(([, name]) => name)),
    );
    expect(helpers.length).toBeGreaterThan(3);
    for (const { name, level } of helpers) {
      expect(used).toContain(name);
      expect(level).toBe('informational');
    }
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

/** Where the findings of single events lie that are worth an incident. */
const placesIn = (scenario: string): string[] => {
  const weighty = findingsIn(scenario).filter(
    ({ kind, level }) => kind !== 'correlation' && level !== 'informational',
  );
  return [...new Set(weighty.map(({ entity }) => entity.label))].toSorted();
};

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
      'Credentials of the node read after a change of root',
      'Container process enters another mount namespace',
    ]) {
      expect(titles.filter((found) => found === title)).toEqual([title]);
    }
  });

  test('the miner is found by its name, its way in, its connections and its job', () => {
    const titles = titlesIn('crypto-miner');
    expect(titles).toContain('Connection to a port of mining pools');
    expect(titles).toContain('Scheduled job written by a shell tool');
    for (const title of [
      'Program loaded from the network and run',
      'Crypto miner loaded and started in a pod',
    ]) {
      expect(titles.filter((found) => found === title)).toEqual([title]);
    }
    expect(placesIn('crypto-miner')).toEqual(['shop/reports-7c9d8b6f5-x2m4k']);
  });

  test('the debug session is followed from its start to the upload', () => {
    const titles = titlesIn('debug-session');
    expect(titles).toContain('Debug container started in a running pod');
    for (const title of ['Secrets read during a debug session', 'Data packed and sent away']) {
      expect(titles.filter((found) => found === title)).toEqual([title]);
    }
    expect(placesIn('debug-session')).toEqual(['shop/payments-6b7f9c8d54-q8zr2']);
  });

  test('the way from one pod to the other is one correlation that names both', () => {
    const title = 'Shell connects back to a pod that had connected inside the cluster';
    const found = findingsIn('lateral-movement').filter((finding) => finding.title === title);
    expect(found).toHaveLength(1);
    for (const pod of ['cms-5d9f8b7c64-h7t2w', 'render-84b6d7c95f-n5k8j']) {
      expect(found[0]?.sentence).toContain(pod);
    }
    expect(titlesIn('lateral-movement')).toContain(
      'Many addresses inside the cluster contacted by command line tools',
    );
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
