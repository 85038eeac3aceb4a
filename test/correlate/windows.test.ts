import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CorrelationEngine } from '../../src/correlate/correlation-engine.ts';
import { acceptAll, arrivalOf, type TestEvent } from './base-finding.ts';
import { correlation, engineOf, parseAnything, withBase } from './engine-of.ts';

const WINDOW = 10;
const NO_SUPPRESS = 'eyrie: {suppress: 0s}\n';

const TYPES = {
  count: 'type: event_count, rules: [a, b], group-by: [g], timespan: 10s, condition: {gte: 3}',
  range:
    'type: event_count, rules: [a, b], group-by: [g], timespan: 10s, condition: {gt: 1, lte: 3}',
  values:
    'type: value_count, rules: [a, b, c], group-by: [g], timespan: 10s, condition: {field: v, gte: 3}',
  together: 'type: temporal, rules: [a, b, c], group-by: [g], timespan: 10s',
  two: 'type: temporal, rules: [a, b, c], group-by: [g], timespan: 10s, condition: {gte: 2}',
  ordered: 'type: temporal_ordered, rules: [a, b, c], group-by: [g], timespan: 10s',
} as const;

/** Whether the condition holds over the events of a closed window, by trying everything. */
const HOLDS: Readonly<Record<keyof typeof TYPES, (window: readonly TestEvent[]) => boolean>> = {
  count: (window) => window.length >= 3,
  range: (window) => window.length > 1 && window.length <= 3,
  values: (window) => new Set(window.map(({ fields }) => fields?.['v'])).size >= 3,
  together: (window) => rulesIn(window) === 3,
  two: (window) => rulesIn(window) >= 2,
  ordered: (window) => hasChain(window, ['a', 'b', 'c']),
};

const rulesIn = (window: readonly TestEvent[]): number =>
  new Set(window.flatMap(({ rules }) => rules)).size;

function hasChain(window: readonly TestEvent[], steps: readonly string[]): boolean {
  const [step, ...rest] = steps;
  if (step === undefined) return true;
  return window.some(
    (event, index) => event.rules.includes(step) && hasChain(window.slice(index + 1), rest),
  );
}

/** Places of rising edges, the slow way: every window anew. */
function edgesOf(name: keyof typeof TYPES, events: readonly TestEvent[]): number[] {
  const watched = name === 'count' || name === 'range' ? ['a', 'b'] : ['a', 'b', 'c'];
  const edges: number[] = [];
  for (const group of ['x', 'y']) {
    let wasHolding = false;
    let before: number | null = null;
    const window: TestEvent[] = [];
    for (const [index, event] of events.entries()) {
      const rules = event.rules.filter((rule) => watched.includes(rule));
      if (event.fields?.['g'] !== group || rules.length === 0) continue;
      if (before !== null && event.seconds - before > WINDOW) wasHolding = false;
      before = event.seconds;
      window.push({ ...event, rules });
      const isHolding = HOLDS[name](
        window.filter(({ seconds }) => event.seconds - seconds <= WINDOW),
      );
      if (isHolding && !wasHolding) edges.push(index);
      wasHolding = isHolding;
    }
  }
  return edges.toSorted((left, right) => left - right);
}

const timeline = fc
  .array(
    fc.record({
      gap: fc.constantFrom(0, 1, 2, 3, 5, 10, 11),
      rules: fc.subarray(['a', 'b', 'c'], { minLength: 1 }),
      group: fc.constantFrom('x', 'x', 'y'),
      value: fc.constantFrom('1', '2', '3', '4'),
    }),
    { minLength: 8, maxLength: 40 },
  )
  .map((steps) => {
    let seconds = 0;
    return steps.map(({ gap, rules, group, value }, index): TestEvent => {
      seconds += gap;
      return { id: `${index}`, seconds, rules, fields: { g: group, v: value } };
    });
  });

describe.each(Object.keys(TYPES) as (keyof typeof TYPES)[])('%s', (name) => {
  const document = correlation(TYPES[name], NO_SUPPRESS);
  const { correlations } = parseAnything(withBase(document));

  test('tells each rising edge and nothing else', () => {
    let seen = 0;
    fc.assert(
      fc.property(timeline, (events) => {
        const found = acceptAll(engineOf(document), events);
        const places = found.flatMap((matches, index) => matches.map(() => index));
        seen += places.length;
        expect(places).toEqual(edgesOf(name, events));
      }),
      { numRuns: 150 },
    );
    expect(seen).toBeGreaterThan(20);
  });

  test('goes on alike from a snapshot at any cut', () => {
    fc.assert(
      fc.property(timeline, fc.nat(40), (events, at) => {
        const cut = Math.min(at, events.length);
        const whole = acceptAll(engineOf(document), events);
        const before = engineOf(document);
        const head = acceptAll(before, events.slice(0, cut));
        const after = new CorrelationEngine();
        after.load(correlations);
        after.restore(structuredClone(before.snapshot()));
        // What the first one does after its snapshot must not reach the second.
        acceptAll(before, events.slice(cut));
        expect([...head, ...acceptAll(after, events.slice(cut))]).toEqual(whole);
      }),
      { numRuns: 40 },
    );
  });
});

const at = (seconds: number, rules: string, more: Partial<TestEvent> = {}): TestEvent => ({
  id: `${seconds}${rules}`,
  seconds,
  rules: rules.split(''),
  fields: { g: 'x' },
  ...more,
});

const foundAt = (engine: CorrelationEngine, events: readonly TestEvent[]): number[] =>
  acceptAll(engine, events).flatMap((matches, index) => matches.map(() => index));

describe('the edges of a window', () => {
  test('are closed to the nanosecond', () => {
    const [first, second] = [at(0.0000005, 'a'), at(1, 'b')];
    expect(
      foundAt(engineOf(correlation(TYPES.ordered)), [first, second, at(10.0000005, 'c')]),
    ).toEqual([2]);
    expect(
      foundAt(engineOf(correlation(TYPES.ordered)), [first, second, at(10.000000501, 'c')]),
    ).toEqual([]);
  });

  test('of equal times the sequence of steps decides', () => {
    const ordered = correlation(TYPES.ordered);
    expect(foundAt(engineOf(ordered), [at(1, 'a'), at(1, 'b'), at(1, 'c')])).toEqual([2]);
    expect(foundAt(engineOf(ordered), [at(1, 'c'), at(1, 'b'), at(1, 'a')])).toEqual([]);
  });

  test('one event never follows itself, and counts once', () => {
    expect(foundAt(engineOf(correlation(TYPES.ordered)), [at(1, 'abc')])).toEqual([]);
    expect(foundAt(engineOf(correlation(TYPES.count)), [at(1, 'ab'), at(2, 'ab')])).toEqual([]);
  });
});

describe('suppress', () => {
  const bursts = [0, 1, 2, 12.5, 12.6, 12.7].map((seconds) => at(seconds, 'a'));

  test('is the timespan unless the rule says otherwise', () => {
    expect(foundAt(engineOf(correlation(TYPES.count)), bursts)).toEqual([2, 5]);
    const long = engineOf(correlation(TYPES.count, 'eyrie: {suppress: 1h}\n'));
    expect(foundAt(long, bursts)).toEqual([2]);
    expect(long.counts().suppressed).toBe(1);
  });
});

test('what arrives in between changes nothing', () => {
  const engine = engineOf(correlation(TYPES.together));
  engine.accept(arrivalOf(at(1, 'a')));
  engine.accept({ ...arrivalOf(at(2, 'd')), findings: [] });
  engine.accept(arrivalOf(at(3, 'b')));
  expect(engine.accept(arrivalOf(at(4, 'c')))).toHaveLength(1);
});
