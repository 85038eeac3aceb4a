import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { CorrelationEngine } from '../../src/correlate/correlation-engine.ts';
import { acceptAll, arrivalOf, type TestEvent } from './base-finding.ts';
import { correlation, engineOf } from './engine-of.ts';

const MONOTONE = {
  count: 'type: event_count, rules: [a, b], group-by: [g], timespan: 10s, condition: {gte: 3}',
  together: 'type: temporal, rules: [a, b, c], group-by: [g], timespan: 10s',
  ordered: 'type: temporal_ordered, rules: [a, b, c], group-by: [g], timespan: 10s',
} as const;

const at = (seconds: number, rules: string, late = false): TestEvent => ({
  id: `${seconds}${rules}`,
  seconds,
  rules: rules.split(''),
  fields: { g: 'x' },
  late,
});

const idsOf = (engine: CorrelationEngine, events: readonly TestEvent[]): string[] =>
  acceptAll(engine, events)
    .flat()
    .map(({ id }) => id);

describe.each(Object.entries(MONOTONE))('%s', (_, body) => {
  const document = correlation(body);
  const events = fc
    .array(fc.tuple(fc.nat(40), fc.constantFrom('a', 'b', 'c', 'ab')), {
      minLength: 3,
      maxLength: 14,
    })
    .map((pairs) =>
      pairs.map(([seconds, rules], index) => ({ ...at(seconds, rules), id: `${index}` })),
    );

  test('what events in order find is found from any order, and with the evidence for it', () => {
    let found = 0;
    fc.assert(
      fc.property(events, (arrived) => {
        const inOrder = arrived.toSorted((left, right) => left.seconds - right.seconds);
        const expected = idsOf(engineOf(document), inOrder).length;
        const matches = acceptAll(engineOf(document), arrived).flat();
        expect(matches.length > 0).toBe(expected > 0);
        found += matches.length;
        for (const { evidence, orderTime } of matches) {
          const times = evidence.map(({ time }) => time);
          expect(times).toEqual(times.toSorted((left, right) => left - right));
          expect(times.at(-1)).toBe(orderTime);
          expect(orderTime - (times[0] ?? 0)).toBeLessThanOrEqual(10_000_000);
          expect(evidence.length).toBeGreaterThanOrEqual(3);
        }
      }),
      { numRuns: 300 },
    );
    expect(found).toBeGreaterThan(20);
  });
});

describe('a late event', () => {
  test('completes what it belongs to, and the match has the id it would have had in time', () => {
    const inTime = idsOf(engineOf(correlation(MONOTONE.ordered)), [
      at(1, 'a'),
      at(2, 'b'),
      at(3, 'c'),
    ]);
    const late = idsOf(engineOf(correlation(MONOTONE.ordered)), [
      at(1, 'a'),
      at(3, 'c'),
      at(2, 'b', true),
    ]);
    expect(inTime).toHaveLength(1);
    expect(late).toEqual(inTime);
  });

  test('does not tell again what was told', () => {
    const engine = engineOf(correlation(MONOTONE.count, 'eyrie: {suppress: 0s}\n'));
    const steady = Array.from({ length: 60 }, (_, second) => at(second, 'a'));
    expect(idsOf(engine, steady)).toHaveLength(1);
    expect(idsOf(engine, [at(30.5, 'a', true), at(0.5, 'a', true), at(58.5, 'b', true)])).toEqual(
      [],
    );
  });

  test('that is older than the horizon enters no window', () => {
    const engine = engineOf(correlation(MONOTONE.together));
    expect(idsOf(engine, [at(1000, 'a'), at(1001, 'b'), at(700, 'c', true)])).toEqual([]);
    expect(engine.counts().tooLate).toBe(1);
  });

  test('is judged by the group it meets: an old log correlates within itself', () => {
    const engine = engineOf(correlation(MONOTONE.ordered));
    idsOf(engine, [{ ...at(900_000, 'a'), fields: { g: 'y' } }]);
    expect(idsOf(engine, [at(1, 'a', true), at(2, 'b', true), at(3, 'c', true)])).toHaveLength(1);
    expect(engine.counts().tooLate).toBe(0);
  });

  test('a match that was told stands when a late event exceeds its upper bound', () => {
    const engine = engineOf(
      correlation('type: event_count, rules: [a], timespan: 10s, condition: {gte: 2, lte: 3}'),
    );
    expect(idsOf(engine, [at(1, 'a'), at(2, 'a')])).toHaveLength(1);
    expect(idsOf(engine, [at(1.2, 'a', true), at(1.4, 'a', true)])).toEqual([]);
  });

  test('counts for what comes after it', () => {
    const engine = engineOf(correlation(MONOTONE.ordered));
    expect(idsOf(engine, [at(5, 'b'), at(4, 'a', true)])).toEqual([]);
    expect(idsOf(engine, [at(6, 'c')])).toHaveLength(1);
  });

  test('that is a second copy is passed over', () => {
    const engine = engineOf(correlation(MONOTONE.count));
    expect(idsOf(engine, [at(1, 'a'), at(2, 'a'), at(1, 'a', true)])).toEqual([]);
  });

  test('is marked as late in the match it completes', () => {
    const engine = engineOf(correlation(MONOTONE.ordered));
    acceptAll(engine, [at(1, 'a'), at(3, 'c')]);
    expect(engine.accept(arrivalOf(at(2, 'b', true)))[0]?.late).toBe(true);
  });
});
