import { afterEach, beforeEach, expect, test } from 'vitest';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testRules } from '../src/run-rule-tests.ts';
import { runCli } from './cli/fake-context.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'eyrie-rules-test-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const event = (binary: string, second: number): string =>
  JSON.stringify({
    process_exec: { process: { pid: 1, binary, start_time: `2026-05-11T08:00:0${second}Z` } },
    node_name: 'n',
    time: `2026-05-11T08:00:0${second}Z`,
  });

const rule = (name: string, selection: string, tests: readonly string[]): string => `
title: ${name}
name: ${name}
logsource: { product: linux, category: process_creation }
detection: { sel: { ${selection} }, condition: sel }
eyrie:
  tests: [${tests.join(', ')}]
`;

const ruleTest = (name: string, match: boolean, ...lines: readonly string[]): string =>
  JSON.stringify({ name, match, lines: lines.join('\n') });

const run = () => runCli(['rules', 'test', folder], { services: { testRules } });

test('tests that hold, and rules that have none', async () => {
  const tests = [ruleTest('yes', true, event('/bin/nc', 1)), ruleTest('no', false, event('/a', 1))];
  writeFileSync(join(folder, 'a.yml'), rule('netcat', 'Image|endswith: /nc', tests));
  writeFileSync(join(folder, 'b.yml'), rule('other', 'Image: /x', []));
  const { code, printed } = await run();
  expect(code).toBe(0);
  expect(printed).toBe(
    `NO TEST  other\n2 of 2 tests of 1 rule passed, 1 rule without a test, in ${folder}`,
  );
});

test('what fails is named with why, and ends with 1', async () => {
  const tests = [
    ruleTest('misses', true, event('/bin/ls', 1)),
    ruleTest('hits', false, event('/bin/nc', 1)),
    ruleTest('unread', false, '{"a":1}'),
  ];
  writeFileSync(join(folder, 'a.yml'), rule('netcat', 'Image|endswith: /nc', tests));
  writeFileSync(join(folder, 'b.yml'), 'title: Broken\ndetection: 1\n');
  const { code, printed } = await run();
  expect(code).toBe(1);
  expect(printed).toContain('PROBLEM  b.yml: Broken: ');
  expect(printed).toContain('FAILED   a.yml: netcat: misses: it should match and does not');
  expect(printed).toContain('FAILED   a.yml: netcat: hits: it matches and should not');
  expect(printed).toContain('FAILED   a.yml: netcat: unread: an event can not be read: ');
  expect(printed).toContain('0 of 3 tests of 1 rule passed');
});

test('no test knows of the events of another', async () => {
  const burst = `
---
title: Burst
correlation:
  { type: event_count, rules: [netcat], group-by: [node], timespan: 1m, condition: { gte: 3 } }
eyrie:
  tests:
    - ${ruleTest('two', false, event('/bin/nc', 1), event('/bin/nc', 2))}
    - ${ruleTest('two others', false, event('/bin/nc', 3), event('/bin/nc', 4))}
    - ${ruleTest('the first again', false, event('/bin/nc', 1), event('/bin/nc', 2))}
    - ${ruleTest('three', true, event('/bin/nc', 1), event('/bin/nc', 2), event('/bin/nc', 3))}
    - ${ruleTest('three again', true, event('/bin/nc', 1), event('/bin/nc', 2), event('/bin/nc', 3))}
`;
  writeFileSync(join(folder, 'a.yml'), rule('netcat', 'Image|endswith: /nc', []) + burst);
  const { results } = await testRules(folder);
  expect(results.map(({ matched }) => matched)).toEqual([false, false, false, true, true]);
});

test('a rule that reads the cluster sees the one that tests have', async () => {
  const tests = [ruleTest('first', true, event('/a', 1)), ruleTest('second', true, event('/a', 2))];
  writeFileSync(join(folder, 'a.yml'), rule('mine', 'cluster: default', tests));
  expect((await run()).code).toBe(0);
});

test('no tests at all are no success', async () => {
  writeFileSync(join(folder, 'a.yml'), rule('untested', 'Image: /x', []));
  const { code, noted } = await run();
  expect(code).toBe(1);
  expect(noted).toContain('there are no tests');
});
