// What is counted of real records on their way through the real rooms.
import { expect, test } from 'vitest';
import { DEFAULT_CORE_SETTINGS } from '../../src/config/core-settings.ts';
import { compileRuleSet } from '../../src/detect/compile-rule-set.ts';
import { createArrivals } from '../../src/doctor/arrivals.ts';
import type { ArrivalsReport } from '../../src/doctor/arrivals-report.ts';
import { controlPart } from '../../src/ingest/clock.ts';
import type { Part } from '../../src/model/part.ts';
import { judge } from '../../src/pipeline.ts';
import { createRooms } from '../../src/rooms.ts';
import { falcoAlert, tetragonExec, tetragonFileRead } from '../support/raw-events.ts';

const NOW_MS = Date.parse('2026-05-11T08:00:00Z');
const POD = { namespace: 'shop', name: 'web-1', uid: 'u-1', containerId: 'ab'.repeat(32) };
const SHELL = { node: 'node-1', pid: 7, binary: '/bin/sh', startMs: NOW_MS - 50, pod: POD };

const ALL = { clusters: null };

interface Sent {
  readonly records: readonly (Uint8Array | string)[];
  readonly cluster?: string;
  readonly receivedMs?: number;
}

/** Judges what was sent, one batch each, and releases everything. */
function arrivalsOf(sent: readonly Sent[], rules = '') {
  const files = rules === '' ? [] : [{ path: 'rules.yml', text: rules }];
  const rooms = createRooms(DEFAULT_CORE_SETTINGS);
  const arrivals = createArrivals({ rules: compileRuleSet(files), now: () => NOW_MS * 1000 });
  const parts = [
    ...sent.map(partOf),
    controlPart('clock', { kind: 'end' }, (NOW_MS + 1000) * 1000),
  ];
  parts.forEach((part, at) => arrivals.onBatch(judge(rooms, { sequence: at + 1, parts: [part] })));
  return arrivals;
}

const partOf = ({ records, cluster = 'default', receivedMs = NOW_MS }: Sent): Part => ({
  origin: {
    kind: 'events',
    carrier: 'http',
    partition: '',
    sensor: 'any',
    cluster,
    latenessMs: 5000,
  },
  receivedAt: receivedMs * 1000,
  records: records.map((record, position) => ({ bytes: Buffer.from(record), position })),
});

const reportOf = (sent: readonly Sent[], rules?: string): ArrivalsReport =>
  arrivalsOf(sent, rules).report(ALL);

test('events, copies and what was not read are counted by sensor and node', () => {
  const exec = tetragonExec(SHELL, NOW_MS - 40);
  const elsewhere = tetragonExec({ ...SHELL, node: 'node-2' }, NOW_MS - 40);
  const report = reportOf([{ records: [exec, exec, elsewhere, 'no event', '{"a":'] }]);
  expect(report.sensors).toMatchObject([
    { sensor: 'tetragon', accepted: 2, duplicate: 1, nodes: 2, kinds: { exec: 2 } },
  ]);
  expect(report.nodes.map(({ node, accepted }) => [node, accepted])).toEqual([
    ['node-1', 1],
    ['node-2', 1],
  ]);
  expect(report.rejected.map(({ code, count }) => [code, count])).toEqual([
    ['not-json', 1],
    ['invalid-json', 1],
  ]);
  expect(report.since).toBe(NOW_MS * 1000);
});

test('what was known of an event when it was judged: its pod, its process, its join', () => {
  const alert = falcoAlert({ rule: 'R', priority: 'Notice', timeMs: NOW_MS, process: SHELL });
  const { sensors } = reportOf([{ records: [tetragonExec(SHELL, NOW_MS - 40), alert] }]);
  const [falco, tetragon] = sensors;
  expect(tetragon?.judged).toMatchObject({ events: 1, withPod: 1, withProcess: 1, joins: {} });
  expect(falco?.judged).toMatchObject({ events: 1, withPod: 1, joins: { pid: 1 } });
  expect(tetragon?.versionAtLeast).toBe('1.6');
});

const execOn = (startMs: number, timeMs: number, node: string) =>
  tetragonExec({ ...SHELL, node, startMs }, timeMs);

test('the delay of a node is told from its quickest and its slowest event, clocks included', () => {
  const { nodes } = reportOf([
    { records: [execOn(1, NOW_MS - 300, 'slow'), execOn(2, NOW_MS - 9000, 'slow')] },
    { records: [execOn(3, NOW_MS + 4000, 'ahead')] },
  ]);
  const delays = nodes.map(({ node, delayMin, delayMax }) => [node, delayMin, delayMax]);
  expect(delays).toEqual([
    ['ahead', -4_000_000, -4_000_000],
    ['slow', 300_000, 9_000_000],
  ]);
});

test('who may see one cluster is told of no other, and of no requests', () => {
  const one = tetragonExec({ ...SHELL, node: 'east-1' }, NOW_MS);
  const two = tetragonExec({ ...SHELL, node: 'west-1' }, NOW_MS);
  const arrivals = arrivalsOf([
    { records: [one], cluster: 'east' },
    { records: [two, 'no event'], cluster: 'west' },
  ]);
  arrivals.onRefusedRequest(401);
  const east = arrivals.report({ clusters: ['east'] });
  expect(JSON.stringify(east)).not.toContain('west-1');
  expect(east).toMatchObject({ nodesTotal: 1, rejected: [], refusedRequests: null });
  const all = arrivals.report(ALL);
  expect(all.refusedRequests).toEqual([{ status: 401, count: 1, lastAt: NOW_MS * 1000 }]);
  expect(all.nodesTotal).toBe(2);
});

function alertWith(nanos: number): { output_fields: Record<string, unknown> } {
  const record = falcoAlert({
    rule: 'R',
    priority: 'Notice',
    timeMs: NOW_MS,
    nanos,
    process: SHELL,
  });
  return JSON.parse(Buffer.from(record).toString()) as ReturnType<typeof alertWith>;
}

test('alerts are looked at for the fields of the join', () => {
  const bare = alertWith(1);
  for (const key of Object.keys(bare.output_fields)) {
    if (/^(?:container|k8s|proc\.pid)/.test(key)) delete bare.output_fields[key];
  }
  const records = [JSON.stringify(alertWith(2)), JSON.stringify(bare)];
  const [falco] = reportOf([{ records }]).sensors;
  expect(falco?.alertFields).toEqual({ sampled: 2, withContainer: 1, withPid: 1 });
});

const RULES = `
title: Files
id: files
logsource: { product: linux, category: file_event, definition: 'Tetragon policy: file-reads.yaml' }
detection: { sel: { TargetFilename: /etc/shadow }, condition: sel }
---
title: Connections
id: connections
logsource: { product: linux, category: network_connection, definition: 'Tetragon policy: connections.yaml' }
detection: { sel: { DestinationPort: 443 }, condition: sel }
---
title: Other hook
id: hook
logsource: { product: linux, service: tetragon }
detection: { sel: { function_name: security_bpf }, condition: sel }
---
title: Labels or a file
id: either
logsource: { product: linux, category: file_event }
detection: { a: { k8s.pod.labels.app: x }, b: { TargetFilename: /x }, condition: a or b }
---
title: Labels and a file
id: both
logsource: { product: linux, category: file_event }
detection: { a: { k8s.pod.labels.app: x }, b: { TargetFilename: /x }, condition: a and b }
---
title: Absence
id: absence
logsource: { product: linux, category: file_event }
detection: { a: { k8s.pod.labels.app: null }, b: { TargetFilename: /x }, condition: b and not a }
---
title: Sequence
id: sequence
correlation: { type: temporal, rules: [files, connections], group-by: [node], timespan: 1m }
---
title: Count
id: count
correlation: { type: event_count, rules: [files, connections], group-by: [node], timespan: 1m, condition: { gte: 2 } }
`;

test('rules that can match nothing say what they wait for', () => {
  expect(compileRuleSet([{ path: 'rules.yml', text: RULES }]).problems).toEqual([]);
  const read = tetragonFileRead(SHELL, '/etc/shadow', { timeMs: NOW_MS });
  const { rules } = reportOf([{ records: [read] }], RULES);
  expect(rules.total).toBe(8);
  const blind = rules.blind.map(({ ruleId, reason, missing, policies }) => {
    return { ruleId, reason, missing, policies };
  });
  expect(blind).toEqual([
    {
      ruleId: 'connections',
      reason: 'no-events',
      missing: ['network_connection'],
      policies: ['connections.yaml'],
    },
    {
      ruleId: 'hook',
      reason: 'no-hook',
      missing: ['function_name security_bpf'],
      policies: [],
    },
    { ruleId: 'both', reason: 'no-fields', missing: ['k8s.pod.labels.app'], policies: [] },
    {
      ruleId: 'sequence',
      reason: 'needs-rule',
      missing: ['Connections'],
      policies: ['connections.yaml'],
    },
  ]);
});

test('a field that comes once in a while is found among many events without it', () => {
  const rules = `
title: Rare
id: rare
logsource: { product: linux, category: process_creation }
detection: { sel: { ParentImage: /bin/bash }, condition: sel }`;
  const plain = Array.from({ length: 300 }, (_, at) =>
    tetragonExec({ ...SHELL, pid: at + 10, startMs: NOW_MS - 1000 + at }, NOW_MS - 700 + at),
  );
  expect(reportOf([{ records: plain }], rules).rules.blind).toHaveLength(1);
  const parent = { ...SHELL, binary: '/bin/bash' };
  const mixed = plain.map((record, at) =>
    at < 100 ? record : tetragonExec({ ...SHELL, pid: at + 10, parent }, NOW_MS - 700 + at),
  );
  expect(reportOf([{ records: mixed }], rules).rules.blind).toEqual([]);
});

test('nodes without end do not use memory without end', () => {
  const arrivals = arrivalsOf([]);
  const rooms = createRooms(DEFAULT_CORE_SETTINGS);
  const records = [tetragonExec(SHELL, NOW_MS)];
  const batch = judge(rooms, { sequence: 1, parts: [partOf({ records })] });
  const [arrival] = batch.arrivals;
  if (arrival?.outcome !== 'accepted') throw new Error('the event was not accepted');
  for (let at = 0; at < 20_100; at += 1) {
    const event = { ...arrival.event, node: `n${at}`, lane: `lane-${at}` };
    arrivals.onBatch({ ...batch, arrivals: [{ outcome: 'accepted', event }] });
  }
  const report = arrivals.report(ALL);
  expect(report.nodesTotal).toBe(20_001);
  expect(report.nodes).toHaveLength(200);
  expect(report.sensors[0]?.accepted).toBe(20_100);
});
