import { deserialize, serialize } from 'node:v8';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { LIMITS } from '../../src/config/limits.ts';
import { createEnrichRoom } from '../../src/enrich/enrich-room.ts';
import type { Step } from '../../src/model/batch.ts';
import { buildEvent, SECOND } from '../order/event-builder.ts';
import {
  buildAlert,
  buildContainer,
  buildFacts,
  buildPod,
  controlStep,
  eventStep,
  orderedOf,
  podStep,
  ref,
  sensorPod,
  T,
} from './enrich-builder.ts';

/** Small enough that everything is forgotten now and then. */
const SMALL = { processesMax: 12, ancestorsMax: 3, learnedContainersMax: 4, lanesMax: 2 };
const id = (digit: number): string => `abcdefabcdef${digit % 3}`;

const one = fc.nat(7);
const anyStep = fc
  .record({
    kind: fc.constantFrom(
      'tetragon',
      'tetragon',
      'tetragon',
      'exit',
      'falco',
      'falco',
      'pod',
      'end',
    ),
    at: fc.nat(3000),
    process: one,
    parent: one,
    container: one,
    pod: one,
    late: fc.boolean(),
  })
  .map(({ kind, at, process, parent, container, pod, late }): Step => {
    const time = T + at * SECOND;
    const isIn = container < 6;
    const place = {
      container: isIn ? ref(container < 3 ? id(container).slice(0, 12) : id(container)) : null,
      onHost: !isIn,
      pod: pod < 4 ? sensorPod(`p${pod % 2}`, pod < 3 ? `uid-${pod}` : null) : null,
    };
    if (kind === 'end') return controlStep({ kind: 'end' });
    if (kind === 'pod') {
      const containers = [buildContainer(id(container))];
      const deletedAt = pod < 2 ? time : null;
      return podStep(buildPod(`uid-${pod}`, { name: `p${pod % 2}`, containers, deletedAt }), time);
    }
    if (kind === 'falco') {
      const fields = process < 4 ? { 'proc.pid': process } : { 'proc.vpid': process };
      return eventStep(buildAlert(fields, { ...place, time }), late);
    }
    const facts = {
      parentExecId: `x${parent}`,
      pid: process % 4,
      containerPid: process,
      startTime: T + process * 10 * SECOND,
    };
    const event = buildEvent({
      ...place,
      id: `e${at}`,
      kind: kind === 'exit' ? 'exit' : 'exec',
      time,
      process: buildFacts(`x${process}`, facts),
      parent: buildFacts(`x${parent}`, { pid: parent % 4 }),
    });
    return eventStep(event, late);
  });

const steps = fc.array(anyStep, { minLength: 1, maxLength: 80 });

test('a snapshot at any point goes on identically', () => {
  fc.assert(
    fc.property(steps, fc.nat(80), (all, cut) => {
      const before = createEnrichRoom({ limits: SMALL });
      before.step(orderedOf(all.slice(0, cut)));
      const state: unknown = deserialize(serialize(before.snapshot()));
      const after = createEnrichRoom({ limits: SMALL });
      after.restore(state);
      const rest = orderedOf(all.slice(cut));
      expect(after.step(rest).enrichments).toEqual(before.step(rest).enrichments);
    }),
    { numRuns: 1000 },
  );
});

test('a snapshot does not change when the room goes on', () => {
  fc.assert(
    fc.property(steps, fc.nat(80), (all, cut) => {
      const room = createEnrichRoom({ limits: SMALL });
      room.step(orderedOf(all.slice(0, cut)));
      const snapshot = room.snapshot();
      const text = serialize(snapshot).toString('base64');
      room.step(orderedOf(all.slice(cut)));
      expect(serialize(snapshot).toString('base64')).toBe(text);
    }),
    { numRuns: 200 },
  );
});

test('where batches end changes nothing', () => {
  fc.assert(
    fc.property(steps, fc.nat(80), (all, cut) => {
      const whole = createEnrichRoom({ limits: SMALL }).step(orderedOf(all)).enrichments;
      const room = createEnrichRoom({ limits: SMALL });
      const parts = [all.slice(0, cut), all.slice(cut)].flatMap(
        (part) => room.step(orderedOf(part)).enrichments,
      );
      expect(parts).toEqual(whole);
    }),
    { numRuns: 200 },
  );
});

test('no chain of ancestors names its process, repeats itself or is too long', () => {
  fc.assert(
    fc.property(steps, (all) => {
      const room = createEnrichRoom({ limits: SMALL });
      for (const enrichment of room.step(orderedOf(all)).enrichments) {
        if (enrichment?.lineage === null || enrichment === null) continue;
        const { process, ancestors } = enrichment.lineage;
        const ids = [process, ...ancestors].map(({ entityId }) => entityId);
        expect(new Set(ids).size).toBe(ids.length);
        expect(ancestors.length).toBeLessThanOrEqual(SMALL.ancestorsMax);
      }
    }),
    { numRuns: 300 },
  );
});

test('the limits of the product are the ones the room takes', () => {
  expect(() => createEnrichRoom({ limits: LIMITS })).not.toThrow();
});
