import { describe, expect, test } from 'vitest';
import { createCorrelateRoom } from '../../src/correlate/correlate-room.ts';
import { createDetectRoom } from '../../src/detect/detect-room.ts';
import type { Enrichment, Step } from '../../src/model/batch.ts';
import type { Finding } from '../../src/model/finding.ts';
import type { SecurityEvent } from '../../src/model/security-event.ts';
import {
  batchOf,
  buildEvent,
  buildPod,
  buildProcess,
  controlStep,
  eventStep,
  rulesStep,
} from '../detect/build-event.ts';

const MICROS = 1_000_000;
const START = Date.parse('2026-05-11T08:00:00Z') * 1000;

const FILES = [
  {
    path: 'pair.yml',
    text: `title: first
id: first
logsource: {product: linux, category: process_creation}
detection: {s: {CommandLine|contains: one}, condition: s}
---
title: second
id: second
logsource: {product: linux, category: process_creation}
detection: {s: {CommandLine|contains: two}, condition: s}
---
title: pair
id: pair
correlation: {type: temporal_ordered, rules: [first, second], group-by: [k8s.pod.uid], timespan: 1m}
level: high
`,
  },
];

const event = (id: string, seconds: number, word: string): SecurityEvent =>
  buildEvent({
    id,
    time: START + seconds * MICROS,
    process: buildProcess({ arguments: word }),
    journal: { sequence: 1, index: seconds },
  });

/** The first event of each pod is seen by a sensor that knows the UID of the pod, or does not. */
const knowsPod = (podUid: string | null): Enrichment => ({
  pod: buildPod({ podUid }),
  lineage: null,
  join: null,
});

function correlationsOf(
  steps: readonly Step[],
  rooms = { detect: createDetectRoom(), correlate: createCorrelateRoom() },
  enrichment = knowsPod('uid-1'),
): (readonly Finding[])[] {
  const detected = rooms.detect.step(batchOf(steps, () => enrichment));
  return [...rooms.correlate.step(detected).correlations];
}

const settings = (revisionHorizonMs: number): Step =>
  controlStep({
    kind: 'settings',
    hash: 's',
    settings: {
      quietPeriodMs: 1,
      incidentSpanMaxMs: 1,
      reopenWindowMs: 1,
      revisionHorizonMs,
      evidencePerRuleMax: 1,
      incidentLevelMin: 'low',
    },
  });

const count = (found: readonly (readonly Finding[])[]): number[] =>
  found.map(({ length }) => length);

describe('the correlate room', () => {
  const steps = [
    rulesStep(FILES),
    eventStep(event('1', 1, 'one')),
    eventStep(event('2', 2, 'nothing')),
    eventStep(event('3', 3, 'two')),
    eventStep(event('4', 200, 'one')),
    eventStep(event('5', 201, 'two')),
  ];

  test('puts each match beside the event that completed it', () => {
    const found = correlationsOf(steps);
    expect(count(found)).toEqual([0, 0, 0, 1, 0, 1]);
    expect(found[3]?.[0]?.events.map(({ eventId }) => eventId)).toEqual(['1', '3']);
  });

  test('groups by the name of a pod whose UID nobody knows', () => {
    expect(count(correlationsOf(steps, undefined, knowsPod(null)))).toEqual([0, 0, 0, 1, 0, 1]);
  });

  test('does not see where batches end', () => {
    const rooms = { detect: createDetectRoom(), correlate: createCorrelateRoom() };
    const pieces = steps.flatMap((step) => correlationsOf([step], rooms));
    expect(pieces).toEqual(correlationsOf(steps));
  });

  test('goes on alike from a snapshot at any cut', () => {
    const whole = correlationsOf(steps);
    for (let cut = 0; cut <= steps.length; cut += 1) {
      const before = { detect: createDetectRoom(), correlate: createCorrelateRoom() };
      const head = correlationsOf(steps.slice(0, cut), before);
      const after = { detect: createDetectRoom(), correlate: createCorrelateRoom() };
      after.detect.restore(structuredClone(before.detect.snapshot()));
      after.correlate.restore(structuredClone(before.correlate.snapshot()));
      expect([...head, ...correlationsOf(steps.slice(cut), after)]).toEqual(whole);
    }
  });

  test('takes late events as far back as the settings say', () => {
    const late = [eventStep(event('1', 10, 'two')), eventStep(event('2', 5, 'one'), true)];
    expect(count(correlationsOf([rulesStep(FILES), ...late]))).toEqual([0, 0, 1]);
    const rooms = { detect: createDetectRoom(), correlate: createCorrelateRoom() };
    expect(count(correlationsOf([rulesStep(FILES), settings(1_000), ...late], rooms))).toEqual([
      0, 0, 0, 0,
    ]);
    expect(rooms.correlate.status().tooLate).toBe(1);
  });

  test('forgets its windows at the end of a stream, but not its rules', () => {
    const found = correlationsOf([
      rulesStep(FILES),
      eventStep(event('1', 1, 'one')),
      controlStep({ kind: 'end' }),
      eventStep(event('2', 2, 'two')),
      eventStep(event('3', 3, 'one')),
      eventStep(event('4', 4, 'two')),
    ]);
    expect(count(found)).toEqual([0, 0, 0, 0, 0, 1]);
  });

  test('a disabled correlation finds nothing', () => {
    const disable = controlStep({ kind: 'rule-disabled', ruleId: 'pair', reason: 'threw' });
    const found = correlationsOf([rulesStep(FILES), disable, ...steps.slice(1)]);
    expect(count(found)).toEqual([0, 0, 0, 0, 0, 0, 0]);
  });
});
