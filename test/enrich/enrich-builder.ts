import type { Enriched, Enrichment, Ordered, Step } from '../../src/model/batch.ts';
import type { Control, TrimmedContainer, TrimmedPod } from '../../src/model/observation.ts';
import type { FieldValue, ProcessFacts, SecurityEvent } from '../../src/model/security-event.ts';
import type { EnrichRoom } from '../../src/enrich/enrich-room.ts';
import { buildEvent, SECOND } from '../order/event-builder.ts';

export const T = 1_800_000_000 * SECOND;

/** A process with exec_id `execId`, started at `T`, changed by what is given. */
export const buildFacts = (
  execId: string | null,
  changes: Partial<ProcessFacts> = {},
): ProcessFacts => ({
  execId,
  parentExecId: null,
  pid: null,
  containerPid: null,
  binary: `/bin/${execId ?? 'unknown'}`,
  arguments: '',
  commandLine: '',
  cwd: '/',
  uid: 0,
  user: null,
  loginUid: null,
  startTime: T,
  flags: '',
  ...changes,
});

export const ref = (id: string, name: string | null = null) => ({ id, name, image: null });

export const sensorPod = (
  name: string,
  uid: string | null = null,
  workload: string | null = null,
) => ({
  namespace: 'shop',
  name,
  uid,
  workload,
  workloadKind: workload === null ? null : 'Deployment',
});

/** A Falco alert with output fields. */
export const buildAlert = (
  fields: Readonly<Record<string, FieldValue>>,
  changes: Partial<SecurityEvent> = {},
): SecurityEvent =>
  buildEvent({
    id: `alert-${changes.time ?? T}`,
    sensor: 'falco',
    kind: 'alert',
    time: T,
    alert: {
      rule: 'A rule',
      priority: 'notice',
      source: 'syscall',
      tags: [],
      output: '',
      fields: new Map(Object.entries(fields)),
    },
    ...changes,
  });

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

export const orderedOf = (steps: readonly Step[]): Ordered => ({
  sequence: 1,
  parts: [],
  arrivals: [],
  steps,
  lateCount: 0,
  watermark: null,
});

export const enrichAll = (room: EnrichRoom, steps: readonly Step[]): Enriched =>
  room.step(orderedOf(steps));

/** What one event is told; the event must be the only one in the step. */
export function enrichOne(room: EnrichRoom, event: SecurityEvent, late = false): Enrichment {
  const [enrichment] = enrichAll(room, [eventStep(event, late)]).enrichments;
  if (enrichment === null || enrichment === undefined)
    throw new Error('an event has an enrichment');
  return enrichment;
}

export const buildContainer = (
  id: string | null,
  changes: Partial<TrimmedContainer> = {},
): TrimmedContainer => ({
  name: 'main',
  kind: 'main',
  id,
  image: 'registry/app:1',
  startedAt: null,
  finishedAt: null,
  previousId: null,
  ...changes,
});

export const buildPod = (uid: string, changes: Partial<TrimmedPod> = {}): TrimmedPod => ({
  uid,
  namespace: 'shop',
  name: 'cart-7d9f-abcde',
  node: 'node-a',
  createdAt: T - 3600 * SECOND,
  deletedAt: null,
  labels: { app: 'cart', 'pod-template-hash': '7d9f' },
  ownerKind: 'ReplicaSet',
  ownerName: 'cart-7d9f',
  serviceAccount: 'cart',
  ips: [],
  containers: [buildContainer('a'.repeat(64))],
  ...changes,
});

export const podStep = (pod: TrimmedPod, at = T): Step =>
  controlStep({ kind: 'pod', cluster: 'default', pod, at });
