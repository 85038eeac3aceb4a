// An incident, a finding and an event as the store gives them out, for tests of what is shown.
import type { CoverageGap } from '../../src/model/coverage-gap.ts';
import type { Finding } from '../../src/model/finding.ts';
import type { ProcessNode } from '../../src/model/lineage.ts';
import type { Micros } from '../../src/model/micros.ts';
import type { StoredEvent, StoredIncident, StoreStatus } from '../../src/store/ports.ts';

/** 2026-05-28T20:26:01.123456Z. */
export const SOME_TIME: Micros = 1_779_999_961_123_456;

export const SOME_ID = '0123456789abcdef0123456789abcdef';

export const EXAMPLE_INCIDENT: StoredIncident = {
  id: SOME_ID,
  number: 12,
  revision: 7,
  createdAt: SOME_TIME + 6_000_000,
  updatedAt: SOME_TIME + 7_000_000,
  entity: { kind: 'pod', key: 'pod:default/uid/secret-key', label: 'shop/web-1' },
  where: {
    cluster: 'default',
    node: 'node-1',
    namespace: 'shop',
    pod: 'web-1',
    podUid: '7a1c0000-0000-4000-8000-000000000001',
    workload: 'web',
    container: 'web',
    containerId: 'abcdef012345',
  },
  title: 'Reverse shell in shop/web-1',
  severity: 'critical',
  risk: 87,
  state: 'new',
  verdict: null,
  version: 3,
  firstTime: SOME_TIME,
  lastTime: SOME_TIME + 1_000_000,
  eventCount: 5,
  findingCount: 2,
  tactics: ['execution'],
  techniques: ['T1059'],
  rules: [
    {
      ruleId: 'reverse-shell',
      title: 'Reverse shell',
      level: 'critical',
      count: 1,
      firstTime: SOME_TIME,
      lastTime: SOME_TIME,
    },
  ],
  reasons: [{ code: 'level', field: 'severity', points: 80, sentence: 'A critical rule matched.' }],
  links: [],
  sensors: ['falco', 'tetragon'],
};

export const exampleProcess = (over: Partial<ProcessNode> = {}): ProcessNode => ({
  entityId: 'p1',
  parentEntityId: null,
  pid: 100,
  binary: '/bin/sh',
  arguments: '-c id',
  cwd: '/',
  uid: 0,
  startTime: SOME_TIME,
  ...over,
});

export const exampleFinding = (over: Partial<Finding> = {}): Finding => ({
  id: 'f1',
  kind: 'detection',
  ruleId: 'reverse-shell',
  title: 'Reverse shell',
  level: 'critical',
  time: SOME_TIME,
  orderTime: SOME_TIME,
  orderNanos: 0,
  late: false,
  entity: EXAMPLE_INCIDENT.entity,
  where: EXAMPLE_INCIDENT.where,
  tactics: ['execution'],
  techniques: ['T1059'],
  events: [{ eventId: 'e1', time: SOME_TIME, journal: { sequence: 1, index: 0 } }],
  evidence: [],
  process: exampleProcess(),
  ancestors: [],
  file: null,
  sentence: 'A shell was started.',
  merge: false,
  groupKey: null,
  runbook: ['Who opened the connection?'],
  ...over,
});

export const EXAMPLE_EVENT: StoredEvent = {
  eventId: 'e1',
  time: SOME_TIME,
  sensor: 'tetragon',
  kind: 'exec',
  node: 'node-1',
  namespace: 'shop',
  pod: 'web-1',
  container: 'web',
  occurrences: 1,
  journal: { sequence: 1, index: 0 },
  source: 'evidence',
  raw: '{"process_exec":{"binary":"/bin/\\u0007sh"}}',
};

export const EXAMPLE_GAP: CoverageGap = {
  id: 'fedcba9876543210fedcba9876543210',
  cluster: 'default',
  node: 'node-1',
  sensor: 'falco',
  reason: 'event-drop',
  from: SOME_TIME - 60_000_000,
  to: SOME_TIME,
  open: false,
  lost: 347_335,
  scope: null,
  sentence: 'Falco lost 347,335 events.',
};

export const EXAMPLE_STATUS: StoreStatus = {
  events: { received: 10, accepted: 7, duplicate: 1, rejected: 1, skipped: 1, late: 2 },
  journalRows: 4,
  journalBytes: 1000,
  databaseBytes: 65_536,
  incidents: { new: 1 },
  openBySeverity: { high: 1 },
  lastSnapshot: { sequence: 3, at: SOME_TIME },
  deadLetters: 1,
  coreFaults: 0,
  outputsDiffered: 0,
};
