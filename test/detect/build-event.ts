import type { Enriched, Enrichment, Step } from '../../src/model/batch.ts';
import type { Control, RuleFile } from '../../src/model/observation.ts';
import type { PodContext } from '../../src/model/pod-context.ts';
import type { AlertFacts, ProcessFacts, SecurityEvent } from '../../src/model/security-event.ts';

const START = Date.parse('2026-05-11T08:00:00Z') * 1000;

export function buildProcess(change: Partial<ProcessFacts> = {}): ProcessFacts {
  const facts = {
    execId: 'e1',
    parentExecId: null,
    pid: 1,
    containerPid: null,
    binary: '/bin/bash',
    arguments: '',
    cwd: '/',
    uid: 0,
    user: null,
    loginUid: null,
    startTime: START,
    flags: '',
    ...change,
  };
  return { commandLine: `${facts.binary} ${facts.arguments}`.trim(), ...facts };
}

export function buildEvent(
  change: Partial<SecurityEvent> & { readonly id: string },
): SecurityEvent {
  const time = change.time ?? START;
  return {
    cluster: 'default',
    sensor: 'tetragon',
    kind: 'exec',
    time,
    timeNanos: 0,
    orderTime: time,
    orderNanos: 0,
    receivedAt: time,
    carrier: 'file',
    lane: 'lane',
    position: 0,
    bytes: 0,
    latenessMs: 0,
    flags: [],
    node: 'node-1',
    container: null,
    onHost: false,
    pod: null,
    process: buildProcess(),
    parent: null,
    ancestors: [],
    file: null,
    network: null,
    hook: null,
    exit: null,
    alert: null,
    target: null,
    health: null,
    journal: { sequence: 1, index: 0 },
    ...change,
  };
}

export function buildAlert(change: Partial<AlertFacts>): AlertFacts {
  return {
    rule: 'A rule',
    priority: 'warning',
    source: 'syscall',
    tags: [],
    output: '',
    fields: new Map(),
    ...change,
  };
}

export function buildPod(change: Partial<PodContext>): PodContext {
  return {
    state: 'resolved',
    method: 'sensor',
    confidence: 'exact',
    podUid: 'uid-1',
    namespace: 'shop',
    podName: 'web-1',
    workload: 'web',
    workloadKind: null,
    serviceAccount: null,
    containerId: null,
    containerName: null,
    containerKind: null,
    image: null,
    labels: null,
    ...change,
  };
}

export const eventStep = (event: SecurityEvent, late = false): Step => ({
  kind: 'event',
  event,
  late,
  occurrences: 1,
});

export const controlStep = (control: Control): Step => ({
  kind: 'control',
  control,
  journal: { sequence: 1, index: 0 },
  held: new Map(),
});

export const rulesStep = (files: readonly RuleFile[], hash = 'h1'): Step =>
  controlStep({ kind: 'rules', hash, files });

/** A batch of steps as the enrich room hands it on, each with its enrichment or none. */
export function batchOf(
  steps: readonly Step[],
  enrichmentOf: (event: SecurityEvent) => Enrichment | null = () => null,
): Enriched {
  return {
    sequence: 1,
    parts: [],
    arrivals: [],
    steps,
    lateCount: 0,
    watermark: null,
    enrichments: steps.map((step) => (step.kind === 'event' ? enrichmentOf(step.event) : null)),
  };
}
