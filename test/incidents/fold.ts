// A small language for tests of the incidents room: findings, steps, and what came of them.
import { deserialize, serialize } from 'node:v8';
import type { Correlated, Raised, Step } from '../../src/model/batch.ts';
import type { Entity, Finding, Where } from '../../src/model/finding.ts';
import type { Incident } from '../../src/model/incident.ts';
import type { AnalystAction, Control, CoreSettings } from '../../src/model/observation.ts';
import type { SecurityEvent } from '../../src/model/security-event.ts';
import type { IncidentLimits } from '../../src/incidents/fold-context.ts';
import { LIMITS } from '../../src/config/limits.ts';
import { DEFAULT_CORE_SETTINGS } from '../../src/config/core-settings.ts';
import { podKey } from '../../src/lib/entity-keys.ts';
import { createIncidentsRoom, type IncidentsRoom } from '../../src/incidents/incidents-room.ts';

export const MINUTE = 60_000_000;
export const START = Date.UTC(2026, 4, 4, 9, 0, 0) * 1000;

export interface ScriptStep {
  readonly step: Step;
  readonly findings: readonly Finding[];
  readonly correlations: readonly Finding[];
}

type LimitChanges = Partial<IncidentLimits>;

export const SETTINGS: CoreSettings = { ...DEFAULT_CORE_SETTINGS, incidentLevelMin: 'low' };

export const newRoom = (
  settings: Partial<CoreSettings> = {},
  limits: LimitChanges = {},
): IncidentsRoom =>
  createIncidentsRoom({
    settings: { ...SETTINGS, ...settings },
    limits: { ...LIMITS, ...limits },
  });

export const podEntity = (name: string): Entity => ({
  kind: 'pod',
  key: podKey('default', `uid-${name}`, `shop/${name}`),
  label: `shop/${name}`,
});

export const wherePod = (name: string): Where => ({
  cluster: 'default',
  node: 'node-a',
  namespace: 'shop',
  pod: name,
  podUid: `uid-${name}`,
  workload: null,
  container: 'app',
  containerId: 'c0ffee00c0ffee00',
});

export const process = (binary: string): Finding['process'] => ({
  entityId: `entity-${binary}`,
  parentEntityId: null,
  pid: 7,
  binary,
  arguments: '',
  cwd: '/',
  uid: 0,
  startTime: null,
});

/** A detection in pod `web` at minute 0, unless said otherwise. `at` is in minutes. */
export function finding(
  id: string,
  { at = 0, pod = 'web', ...rest }: Partial<Finding> & { at?: number; pod?: string } = {},
): Finding {
  const time = START + Math.round(at * MINUTE);
  return {
    id,
    kind: 'detection',
    ruleId: 'rule-a',
    title: 'Shell in a web server',
    level: 'medium',
    time,
    orderTime: time,
    orderNanos: 0,
    late: false,
    entity: podEntity(pod),
    where: wherePod(pod),
    tactics: [],
    techniques: [],
    events: [{ eventId: `event-of-${id}`, time, journal: { sequence: 1, index: 0 } }],
    evidence: [],
    process: null,
    ancestors: [],
    file: null,
    sentence: `What ${id} did.`,
    merge: false,
    groupKey: null,
    runbook: [],
    ...rest,
  };
}

/** A correlation that stands on these findings and is completed by the last of them. */
export function correlation(
  id: string,
  evidence: readonly Finding[],
  rest: Partial<Finding> = {},
): Finding {
  const last = evidence.at(-1) ?? finding(id);
  return {
    ...last,
    id,
    kind: 'correlation',
    ruleId: 'rule-c',
    title: 'Shell, then token',
    level: 'high',
    tactics: [],
    entity: { kind: 'correlation', key: `correlation:default/rule-c/${id}`, label: 'rule-c' },
    events: evidence.flatMap((base) => base.events),
    evidence: evidence.map((base) => ({
      findingId: base.id,
      ruleId: base.ruleId,
      entityKey: base.entity.key,
      time: base.time,
    })),
    groupKey: 'rule-c: web',
    ...rest,
  };
}

let journalIndex = 0;

/** One event with its findings; its id, time and lateness follow the first finding. */
export function on(
  findings: readonly Finding[],
  correlations: readonly Finding[] = [],
): ScriptStep {
  const first = findings[0] ?? correlations[0] ?? finding('none');
  journalIndex += 1;
  const event = {
    id: first.events.at(-1)?.eventId ?? `event-${journalIndex}`,
    sensor: first.ruleId.startsWith('falco/') ? 'falco' : 'tetragon',
    orderTime: first.orderTime,
    journal: { sequence: 1, index: journalIndex },
  } as SecurityEvent;
  return {
    step: { kind: 'event', event, late: first.late, occurrences: 1 },
    findings,
    correlations,
  };
}

export function control(
  of: Control,
  held: ReadonlyMap<string, number> = new Map(),
  correlations: readonly Finding[] = [],
): ScriptStep {
  journalIndex += 1;
  const journal = { sequence: 1, index: journalIndex };
  return { step: { kind: 'control', control: of, journal, held }, findings: [], correlations };
}

let actionCount = 0;

export function action(
  name: AnalystAction['action'],
  incidentId: string,
  rest: Partial<AnalystAction> & { atMinute?: number } = {},
): AnalystAction {
  actionCount += 1;
  const { atMinute = 0, ...fields } = rest;
  return {
    kind: 'action',
    id: `action-${actionCount}`,
    action: name,
    incidentId,
    actor: 'anna',
    via: 'api',
    verdict: null,
    text: null,
    ifVersion: null,
    at: START + atMinute * MINUTE,
    ...fields,
  };
}

const batchOf = (script: readonly ScriptStep[]): Correlated =>
  ({
    sequence: 1,
    parts: [],
    arrivals: [],
    lateCount: 0,
    watermark: null,
    steps: script.map((entry) => entry.step),
    enrichments: script.map(() => null),
    findings: script.map((entry) => entry.findings),
    correlations: script.map((entry) => entry.correlations),
  }) satisfies Correlated;

export const run = (room: IncidentsRoom, ...script: readonly ScriptStep[]): Raised =>
  room.step(batchOf(script));

/** The incident that a batch changed, when it is exactly one. */
export function only(raised: Raised): Incident {
  const [incident] = raised.incidents;
  if (incident === undefined || raised.incidents.length !== 1) {
    throw new Error(`Expected one incident, got ${raised.incidents.length}.`);
  }
  return incident;
}

/** The room as it is after a crash: a new one with the serialized state of the old one. */
export function restarted(room: IncidentsRoom, next: IncidentsRoom = newRoom()): IncidentsRoom {
  next.restore(deserialize(serialize(room.snapshot())));
  return next;
}

export const reasons = (raised: Raised): string[] => raised.changes.map((change) => change.reason);
