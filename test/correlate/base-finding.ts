import type { CorrelationEngine, EventArrival } from '../../src/correlate/correlation-engine.ts';
import type { Finding } from '../../src/model/finding.ts';
import type { FieldValue } from '../../src/model/security-event.ts';

const MICROS = 1_000_000;

/** An event of a test: when it happened, which rules it matched, and its fields. */
export interface TestEvent {
  readonly id: string;
  /** Seconds, with fractions down to the nanosecond. */
  readonly seconds: number;
  readonly rules: readonly string[];
  readonly fields?: Readonly<Record<string, FieldValue>>;
  readonly late?: boolean;
  readonly owner?: string;
}

function baseFinding(event: TestEvent, ruleId: string): Finding {
  const micros = Math.floor(event.seconds * MICROS);
  const label = event.owner ?? 'shop/web-1';
  return {
    id: `${ruleId}:${event.id}`,
    kind: 'detection',
    ruleId,
    title: ruleId,
    level: 'medium',
    time: micros,
    orderTime: micros,
    orderNanos: Math.round((event.seconds * MICROS - micros) * 1000),
    late: event.late ?? false,
    entity: { kind: 'pod', key: `pod:default/${label}`, label },
    where: {
      cluster: 'default',
      node: 'node-1',
      namespace: 'shop',
      pod: 'web-1',
      podUid: null,
      workload: null,
      container: null,
      containerId: null,
    },
    tactics: ['execution'],
    techniques: ['T1059'],
    events: [{ eventId: event.id, time: micros, journal: { sequence: 1, index: 0 } }],
    evidence: [],
    process: null,
    ancestors: [],
    file: null,
    sentence: '',
    merge: false,
    groupKey: null,
    runbook: [],
  };
}

export const arrivalOf = (event: TestEvent, horizonMs = 300_000): EventArrival => ({
  orderTime: Math.floor(event.seconds * MICROS),
  late: event.late ?? false,
  horizonMs,
  findings: event.rules.map((ruleId) => baseFinding(event, ruleId)),
  facts: { cluster: 'default', read: (field) => event.fields?.[field] },
  onRule: () => {},
});

/** The matches after each event. */
export const acceptAll = (
  engine: CorrelationEngine,
  events: readonly TestEvent[],
): (readonly Finding[])[] => events.map((event) => engine.accept(arrivalOf(event)));
