import { describe, expect, test } from 'vitest';
import { createDetectRoom } from '../../src/detect/detect-room.ts';
import type { Finding } from '../../src/model/finding.ts';
import type { PodContext } from '../../src/model/pod-context.ts';
import type { SecurityEvent, TargetFacts } from '../../src/model/security-event.ts';
import { batchOf, buildAlert, buildEvent, buildPod, eventStep, rulesStep } from './build-event.ts';

const TARGET: TargetFacts = {
  kind: 'kubernetes',
  namespace: 'shop',
  resource: 'pods/exec',
  name: 'web-1',
  podName: 'web-1',
  user: 'alice',
  account: null,
  verb: 'create',
};

const UNRESOLVED = buildPod({ state: 'unresolved', podUid: null, namespace: null, podName: null });

function entryOf(target: Partial<TargetFacts>, source = 'k8s_audit'): SecurityEvent {
  return buildEvent({
    id: `entry ${JSON.stringify(target)}`,
    sensor: 'falco',
    kind: 'alert',
    process: null,
    alert: buildAlert({ rule: 'A rule', source }),
    target: { ...TARGET, ...target },
  });
}

function findingOf(event: SecurityEvent, pod: PodContext = UNRESOLVED): Finding {
  const room = createDetectRoom();
  const batch = batchOf([eventStep(event)], () => ({ pod, lineage: null, join: null }));
  const finding = room.step(batch).findings[0]?.[0];
  if (finding === undefined) throw new Error('no finding');
  return finding;
}

describe('a finding in an entry of a log', () => {
  test('is about the pod that was acted on', () => {
    const finding = findingOf(entryOf({}), buildPod({}));
    expect(finding.entity).toEqual({
      kind: 'pod',
      key: 'pod:default/uid/uid-1',
      label: 'shop/web-1',
    });
    expect(finding.where).toMatchObject({ namespace: 'shop', pod: 'web-1', node: null });
    expect(finding.sentence).toBe('alice created pods/exec in shop/web-1');
  });

  test('else about who acted in which namespace', () => {
    const finding = findingOf(entryOf({ resource: 'rolebindings', name: 'reader', podName: null }));
    expect(finding.entity).toMatchObject({
      kind: 'namespace-user',
      label: 'namespace shop (alice)',
    });
    expect(finding.where).toMatchObject({ namespace: 'shop', pod: null, node: null });
    expect(finding.sentence).toBe('alice created rolebindings reader in namespace shop');
  });

  test('of a pod of which several fit is about who acted', () => {
    const several = buildPod({ state: 'ambiguous', podUid: null, namespace: null, podName: null });
    const { entity, sentence } = findingOf(entryOf({}), several);
    expect(entity.kind).toBe('namespace-user');
    expect(sentence).toBe('alice created pods/exec web-1 in namespace shop');
  });

  test.each([
    [{ namespace: null }, 'k8s_audit', 'namespace-user: k8s_audit (alice)'],
    [{ user: null }, 'k8s_audit', 'namespace-user: namespace shop'],
    [{ kind: 'cloud', namespace: null, account: '12' }, 'ct', 'account: account 12 (alice)'],
    [{ kind: 'cloud', namespace: null, account: '12', user: null }, 'ct', 'account: account 12'],
    [{ kind: 'other', namespace: null }, 'okta', 'account: okta (alice)'],
    [{ kind: 'other', namespace: null, user: null }, 'kafka', 'log: kafka'],
  ] as const)('%j of %s is about the %s', (target, source, expected) => {
    const { entity, where } = findingOf(entryOf({ ...target, podName: null }, source));
    expect(`${entity.kind}: ${entity.label}`).toBe(expected);
    expect(entity.key.startsWith(`${entity.kind}:default/`)).toBe(true);
    expect(where.node).toBeNull();
  });

  test('never shares an entity with another user, place or cluster', () => {
    const events = [
      entryOf({ podName: null }),
      entryOf({ podName: null, user: 'bob' }),
      entryOf({ podName: null, user: null }),
      entryOf({ podName: null, namespace: 'other' }),
      entryOf({ podName: null, namespace: 'shop (alice)', user: null }),
      { ...entryOf({ podName: null }), cluster: 'west' },
      entryOf({ podName: null, namespace: null, account: 'shop' }),
    ];
    const keys = events.map((event) => findingOf(event).entity.key);
    expect(new Set(keys).size).toBe(events.length);
  });

  test('is not mixed up with another entry, though both know nothing of a pod', () => {
    const room = createDetectRoom();
    const steps = [entryOf({ podName: null }), entryOf({ podName: null, user: 'bob' })];
    const batch = batchOf(
      steps.map((event) => eventStep(event)),
      () => ({ pod: UNRESOLVED, lineage: null, join: null }),
    );
    const labels = room.step(batch).findings.map(([finding]) => finding?.entity.label);
    expect(labels).toEqual(['namespace shop (alice)', 'namespace shop (bob)']);
  });
});

test.each([
  [{ verb: 'get', resource: 'secrets', name: 'token' }, 'alice read secrets token'],
  [{ verb: 'deletecollection', resource: 'pods', name: null }, 'alice deleted all pods'],
  [{ verb: 'impersonate', resource: 'users', name: 'x' }, 'alice did impersonate on users x'],
  [{ verb: 'list', resource: null, name: null, user: null }, 'somebody listed something'],
  [{ verb: null }, 'alice set off Falco\'s rule "A rule"'],
  [{ name: 'a\u001B[2J' }, 'alice created pods/exec a\\x1b[2J'],
  [
    { kind: 'cloud', account: '12', verb: 'ModifyInstanceAttribute', name: 'i-0abc' },
    'alice did ModifyInstanceAttribute on i-0abc',
  ],
  [{ kind: 'other', verb: 'user.account.lock', name: null }, 'alice did user.account.lock'],
] as const)('the sentence of %j', (target, sentence) => {
  const { sentence: told } = findingOf(entryOf({ ...target, podName: null }));
  expect(told).toBe(`${sentence} in namespace shop`);
});

describe('rules', () => {
  const RULES = [
    {
      path: 'a.yml',
      text: [
        rule('exec', 'category: process_creation', '{output_fields.evt.type: execve}'),
        rule('file', 'category: file_event', "{TargetFilename: '/etc/shadow'}"),
        rule('verb', 'service: falco', '{target.verb: create, target.user: alice}'),
        rule('own', 'service: falco', "{output_fields.ka.req.pod.containers.image: '*busybox*'}"),
        rule('index', 'service: falco', `{'output_fields.ka.uri.param[command]': sh}`),
      ].join('---\n'),
    },
  ];
  const matched = (event: SecurityEvent): string[] => {
    const batch = batchOf([rulesStep(RULES), eventStep(event)]);
    return (createDetectRoom().step(batch).findings[1] ?? []).map(({ ruleId }) => ruleId);
  };
  const alert = buildAlert({
    rule: 'A rule',
    fields: new Map<string, string | readonly string[]>([
      ['evt.type', 'execve'],
      ['ka.req.pod.containers.image', ['nginx:1', 'registry.example/busybox:1']],
      ['ka.uri.param[command]', 'sh'],
    ]),
  });

  test('see its target, and its fields by their own names, lists included', () => {
    expect(matched({ ...entryOf({}), alert })).toEqual(['falco/A rule', 'verb', 'own', 'index']);
  });

  test('about Linux processes and files are not asked', () => {
    const event = { ...entryOf({}), alert, file: '/etc/shadow' };
    expect(matched(event)).not.toContain('exec');
    expect(matched(event)).not.toContain('file');
    expect(matched({ ...event, target: null })).toEqual(
      expect.arrayContaining(['exec', 'own', 'index']),
    );
  });

  test('are never shown what a sensor says about itself', () => {
    const health = {
      what: 'notice',
      lost: null,
      lostTotals: new Map<string, number>(),
      scope: null,
      version: null,
      detail: '',
    } as const;
    expect(matched(buildEvent({ id: 'h', sensor: 'falco', kind: 'health', health }))).toEqual([]);
  });
});

function rule(id: string, logsource: string, selection: string): string {
  return `
title: ${id}
id: ${id}
logsource: {product: linux, ${logsource}}
detection: {s: ${selection}, condition: s}
level: high
`;
}
