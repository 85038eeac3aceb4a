// Batches as the core would hand them to the store, small enough to reason about.
import { Buffer } from 'node:buffer';
import { stableId } from '../../src/lib/stable-id.ts';
import type { Arrival, Raised } from '../../src/model/batch.ts';
import type { CoverageGap } from '../../src/model/coverage-gap.ts';
import type { Finding } from '../../src/model/finding.ts';
import type { AuditEntry, Incident } from '../../src/model/incident.ts';
import type { EventsOrigin } from '../../src/model/origin.ts';
import type { Part } from '../../src/model/part.ts';
import type { SecurityEvent } from '../../src/model/security-event.ts';
import type { RowContext } from '../../src/store/ports.ts';

export const T0 = 1_780_000_000_000_000;
export const EVERYTHING = { clusters: null };
export const FIRST_PAGE = { size: 50, token: null };

export const eventsOrigin = (cluster = 'default'): EventsOrigin => ({
  kind: 'events',
  carrier: 'http',
  partition: '',
  sensor: 'any',
  cluster,
  latenessMs: 5_000,
});

export const contextOf = (overrides: Partial<RowContext> = {}): RowContext => ({
  run: 'serve',
  engine: '1.0.0',
  ruleSetHash: 'rules-1',
  settingsHash: 'settings-1',
  wallTime: T0,
  faultIndexes: [],
  newRow: true,
  ...overrides,
});

export interface SampleEvent {
  readonly event: SecurityEvent;
  readonly bytes: Buffer;
}

export interface SampleOptions {
  readonly cluster?: string;
  readonly node?: string;
  readonly namespace?: string;
  readonly pod?: string;
  readonly containerId?: string;
  readonly arguments?: string;
  readonly time?: number;
}

/** A Tetragon exec and what the core makes of it. */
export function sampleEvent(
  journal: { sequence: number; index: number },
  options: SampleOptions = {},
): SampleEvent {
  const time = options.time ?? T0 + journal.sequence * 1_000_000 + journal.index;
  const cluster = options.cluster ?? 'default';
  const node = options.node ?? 'node-1';
  const namespace = options.namespace ?? 'shop';
  const name = options.pod ?? 'cart-7d9f';
  const containerId = options.containerId ?? 'c0ffee000000aaaabbbbccccddddeee';
  const args = options.arguments ?? `-c "echo ${journal.sequence}.${journal.index}"`;
  const raw = {
    process_exec: {
      process: {
        binary: '/bin/sh',
        arguments: args,
        docker: containerId,
        pod: { namespace, name, container: { id: `containerd://${containerId}` } },
      },
    },
    node_name: node,
    time: isoTime(time),
  };
  const event: SecurityEvent = {
    ...PLAIN_EVENT,
    id: stableId(['event', `${journal.sequence}`, `${journal.index}`, cluster]),
    cluster,
    time,
    orderTime: time,
    receivedAt: time,
    node,
    container: { id: containerId, name: 'main', image: null },
    pod: { namespace, name, uid: null, workload: null, workloadKind: null },
    process: {
      execId: null,
      parentExecId: null,
      pid: 1,
      containerPid: 1,
      binary: '/bin/sh',
      arguments: args,
      commandLine: `/bin/sh ${args}`,
      cwd: '/',
      uid: 0,
      user: null,
      loginUid: null,
      startTime: null,
      flags: '',
    },
    journal,
  };
  return { event, bytes: Buffer.from(JSON.stringify(raw)) };
}

const PLAIN_EVENT: SecurityEvent = {
  id: '',
  cluster: 'default',
  sensor: 'tetragon',
  kind: 'exec',
  time: 0,
  timeNanos: 0,
  orderTime: 0,
  orderNanos: 0,
  receivedAt: 0,
  carrier: 'http',
  lane: 'http',
  position: 0,
  latenessMs: 5_000,
  flags: [],
  node: '',
  container: null,
  onHost: false,
  pod: null,
  process: null,
  parent: null,
  ancestors: [],
  file: null,
  network: null,
  hook: null,
  exit: null,
  alert: null,
  target: null,
  health: null,
  bytes: 0,
  journal: { sequence: 0, index: 0 },
};

function isoTime(micros: number): string {
  const ms = Math.floor(micros / 1000);
  const below = String(micros - ms * 1000).padStart(3, '0');
  return `${new Date(ms).toISOString().slice(0, -1)}${below}Z`;
}

export const partOf = (
  records: readonly Buffer[],
  origin: Part['origin'] = eventsOrigin(),
  receivedAt = T0,
): Part => ({ origin, receivedAt, records: records.map((bytes) => ({ bytes, position: 0 })) });

/** A batch without results; add what the core found. */
export function batchOf(
  sequence: number,
  parts: readonly Part[],
  overrides: Partial<Raised> = {},
): Raised {
  const arrivals = overrides.arrivals ?? [];
  const steps = arrivals.flatMap((arrival) =>
    arrival.outcome === 'accepted'
      ? [{ kind: 'event' as const, event: arrival.event, late: false, occurrences: 1 }]
      : [],
  );
  return {
    sequence,
    parts,
    arrivals,
    steps,
    lateCount: 0,
    watermark: null,
    enrichments: steps.map(() => null),
    findings: [],
    correlations: [],
    placed: [],
    folded: [],
    incidents: [],
    changes: [],
    audit: [],
    receipts: [],
    gaps: [],
    ...overrides,
  };
}

/** A batch of accepted events in one part per cluster run. */
export function eventBatch(
  sequence: number,
  options: readonly SampleOptions[],
  overrides: Partial<Raised> = {},
): Raised & { readonly samples: readonly SampleEvent[] } {
  const samples = options.map((option, index) => sampleEvent({ sequence, index }, option));
  const arrivals = samples.map(({ event }): Arrival => ({ outcome: 'accepted', event }));
  const parts = samples.map(({ event, bytes }) => partOf([bytes], eventsOrigin(event.cluster)));
  return { ...batchOf(sequence, parts, { arrivals, ...overrides }), samples };
}

export function sampleFinding(event: SecurityEvent, overrides: Partial<Finding> = {}): Finding {
  return {
    id: stableId(['finding', event.id, overrides.ruleId ?? 'shell']),
    kind: 'detection',
    ruleId: 'shell',
    title: 'A shell was started in a container',
    level: 'high',
    time: event.time,
    orderTime: event.orderTime,
    orderNanos: 0,
    late: false,
    entity: { kind: 'pod', key: `pod:${event.cluster}/shop/cart`, label: 'shop/cart' },
    where: {
      cluster: event.cluster,
      node: event.node,
      namespace: 'shop',
      pod: 'cart-7d9f',
      podUid: null,
      workload: null,
      container: 'main',
      containerId: null,
    },
    tactics: ['execution'],
    techniques: ['T1059'],
    events: [{ eventId: event.id, time: event.time, journal: event.journal }],
    evidence: [],
    process: null,
    ancestors: [],
    file: null,
    sentence: `sh was started in shop/cart (${event.journal.sequence}.${event.journal.index}).`,
    merge: false,
    groupKey: null,
    runbook: [],
    ...overrides,
  };
}

export function sampleIncident(name: string, overrides: Partial<Incident> = {}): Incident {
  return {
    id: stableId(['incident', name]),
    entity: { kind: 'pod', key: `pod:default/shop/${name}`, label: `shop/${name}` },
    where: {
      cluster: 'default',
      node: 'node-1',
      namespace: 'shop',
      pod: name,
      podUid: null,
      workload: null,
      container: null,
      containerId: null,
    },
    title: `Shell in ${name}`,
    severity: 'high',
    risk: 60,
    state: 'new',
    verdict: null,
    version: 1,
    firstTime: T0,
    lastTime: T0,
    eventCount: 1,
    findingCount: 1,
    tactics: ['execution'],
    techniques: ['T1059'],
    rules: [],
    reasons: [],
    links: [],
    sensors: ['tetragon'],
    ...overrides,
  };
}

export function sampleGap(overrides: Partial<CoverageGap> = {}): CoverageGap {
  const gap: CoverageGap = {
    id: '',
    cluster: 'default',
    node: 'node-1',
    sensor: 'falco',
    reason: 'event-drop',
    from: T0,
    to: T0 + 60_000_000,
    open: false,
    lost: 7,
    scope: null,
    sentence: 'Falco lost 7 events.',
    ...overrides,
  };
  const id = stableId(['gap', gap.cluster, gap.node, gap.reason, String(gap.from)]);
  return { ...gap, id: overrides.id ?? id };
}

export const sampleAudit = (incidentId: string, actionId: string): AuditEntry => ({
  at: T0 + 5,
  actor: 'alice',
  via: 'api',
  actionId,
  incidentId,
  action: 'note',
  before: '{}',
  after: '{}',
  text: 'Known deployment.',
});
