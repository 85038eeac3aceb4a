// Rules name the Tetragon policies they need, and those policies send what the rules are tested with.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { policiesByRule } from '../../docs/tetragon-policies.ts';
import { readRulesFolder } from '../../src/ingest/rules-folder.ts';
import { parseRuleSet } from '../../src/lib/sigma/rule-set.ts';
import {
  fileOfPolicy,
  policies,
  validatePolicy,
  wouldSend,
  type KprobeEvent,
} from './tracing-policy.ts';

const ROOT = join(import.meta.dirname, '../..');
const { files } = await readRulesFolder(join(ROOT, 'rules'));
const ruleSet = parseRuleSet(files);
const rules = [...ruleSet.detections, ...ruleSet.correlations];
const named = policiesByRule(files, ruleSet);

const PROCESS_CREATION = 1;
const FILE_EVENT = 2;
const NETWORK_CONNECTION = 4;

function kprobesOf(lines: readonly string[]): KprobeEvent[] {
  return lines
    .filter((line) => line.includes('"process_kprobe"'))
    .map((line) => (JSON.parse(line) as { process_kprobe: KprobeEvent }).process_kprobe);
}

describe.each([...policies])('%s', (file, policy) => {
  test('is a TracingPolicy', () => {
    validatePolicy(policy);
    expect(validatePolicy.errors).toBeNull();
  });

  test('filters by arguments that it reads, and hooks each function once', () => {
    const calls = policy.spec.kprobes.map(({ call }) => call);
    expect(new Set(calls).size).toBe(calls.length);
    for (const { call, syscall, args, selectors } of policy.spec.kprobes) {
      expect(syscall).toBe(call.startsWith('sys_'));
      const read = args.map(({ index }) => index);
      const filtered = selectors.flatMap(({ matchArgs = [] }) =>
        matchArgs.map(({ index }) => index),
      );
      expect(read).toEqual(expect.arrayContaining(filtered));
    }
  });

  test('is named by a rule and in the README', () => {
    expect([...named.values()].flat()).toContain(file);
    const readme = readFileSync(join(ROOT, 'docs/deploy/tetragon/README.md'), 'utf8');
    expect(readme).toContain(`[${file}](${file})`);
    for (const { call } of policy.spec.kprobes) expect(readme).toContain(`\`${call}\``);
  });
});

describe('rules', () => {
  test('name policies that exist', () => {
    const unknown = [...named.values()].flat().filter((file) => !policies.has(file));
    expect(unknown).toEqual([]);
  });

  test('name one if their events are no process events', () => {
    const silent = ruleSet.detections.filter(({ ruleId, eventClass, extension }) => {
      const isHook = (eventClass & (FILE_EVENT | NETWORK_CONNECTION)) !== 0;
      const positive = extension.tests.filter(({ match }) => match);
      const isTested = positive.some(({ events }) => kprobesOf(events).length === events.length);
      return (isHook || isTested) && (named.get(ruleId) ?? []).length === 0;
    });
    expect(silent.map(({ title }) => title)).toEqual([]);
  });

  test('name none if they judge processes only', () => {
    const processes = ruleSet.detections.filter(
      ({ eventClass }) => (eventClass & PROCESS_CREATION) !== 0,
    );
    expect(processes.flatMap(({ ruleId }) => named.get(ruleId) ?? [])).toEqual([]);
  });

  test.each(rules.map((rule) => [rule.title, rule] as const))(
    '%s: its policies send the events it must match',
    (_, { ruleId, extension }) => {
      const positive = extension.tests.filter(({ match }) => match);
      for (const event of positive.flatMap(({ events }) => kprobesOf(events))) {
        const file = fileOfPolicy(event.policy_name) ?? `no policy ${event.policy_name}`;
        expect(named.get(ruleId) ?? []).toContain(file);
        const policy = policies.get(file);
        expect(policy !== undefined && wouldSend(policy, event), JSON.stringify(event.args)).toBe(
          true,
        );
      }
    },
  );

  test.each(ruleSet.detections.map((rule) => [rule.title, rule] as const))(
    '%s: each of its policies is tested by an event',
    (_, { ruleId, extension }) => {
      const positive = extension.tests.filter(({ match }) => match);
      const used = positive
        .flatMap(({ events }) => kprobesOf(events))
        .map(({ policy_name: name }) => fileOfPolicy(name));
      expect(used).toEqual(expect.arrayContaining([...(named.get(ruleId) ?? [])]));
    },
  );
});

describe('the scenarios', () => {
  const folder = join(ROOT, 'fixtures/scenarios');
  const names = readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? [entry.name] : [],
  );

  test.each(names)('%s has of our policies only what they send', (name) => {
    const lines = readFileSync(join(folder, name, 'input.ndjson'), 'utf8').split('\n');
    const ours = kprobesOf(lines).filter(({ policy_name: policy }) => policy.startsWith('eyrie-'));
    const odd = ours.filter((event) => {
      const policy = policies.get(fileOfPolicy(event.policy_name) ?? '');
      return policy === undefined || !wouldSend(policy, event);
    });
    expect(odd.map(({ function_name: called, args }) => [called, args])).toEqual([]);
  });
});
