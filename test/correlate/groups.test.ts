import { describe, expect, test } from 'vitest';
import type { CorrelationEngine } from '../../src/correlate/correlation-engine.ts';
import { acceptAll, type TestEvent } from './base-finding.ts';
import { correlation, engineOf, parseAnything, withBase } from './engine-of.ts';

const PAIR = 'type: temporal_ordered, rules: [a, b], timespan: 1m';

const at = (seconds: number, rules: string, fields: TestEvent['fields'] = {}): TestEvent => ({
  id: `${seconds}${rules}`,
  seconds,
  rules: rules.split(''),
  fields,
});

const owned = (event: TestEvent, owner: string): TestEvent => ({ ...event, owner });

const matches = (engine: CorrelationEngine, events: readonly TestEvent[]) =>
  acceptAll(engine, events).flat();

describe('group-by', () => {
  test('keeps groups apart, by all fields together', () => {
    const engine = engineOf(correlation(`${PAIR}, group-by: [g, h]`));
    const events = [
      at(1, 'a', { g: 'x', h: 1 }),
      at(2, 'b', { g: 'x', h: 2 }),
      at(3, 'b', { g: 'x', h: '1' }),
    ];
    const found = acceptAll(engine, events).map(({ length }) => length);
    expect(found).toEqual([0, 0, 1]);
  });

  test('never joins two values into a third', () => {
    const engine = engineOf(correlation(`${PAIR}, group-by: [g, h]`));
    const events = [at(1, 'a', { g: '1:x', h: 'y' }), at(2, 'b', { g: '1', h: 'x1:y' })];
    expect(matches(engine, events)).toEqual([]);
  });

  test('an event without the field is left out and counted', () => {
    const engine = engineOf(correlation(`${PAIR}, group-by: [g]`));
    expect(matches(engine, [at(1, 'a'), at(2, 'b', { g: null }), at(3, 'b', { g: '' })])).toEqual(
      [],
    );
    expect([...engine.counts().missingFields]).toEqual([['under-test g', 3]]);
  });

  test('with null_group it forms a group', () => {
    const engine = engineOf(correlation(`${PAIR}, group-by: [g]`, 'eyrie: {null_group: true}\n'));
    expect(matches(engine, [at(1, 'a'), at(2, 'b')])).toHaveLength(1);
  });

  test('without it all events are one group', () => {
    expect(matches(engineOf(correlation(PAIR)), [at(1, 'a'), at(2, 'b')])).toHaveLength(1);
  });

  test('an alias reads another field for each rule', () => {
    const aliases = 'aliases: {who: {a: from, b: to}}, group-by: [who]';
    const engine = engineOf(correlation(`${PAIR}, ${aliases}`));
    expect(matches(engine, [at(1, 'a', { from: 'x', to: 'y' }), at(2, 'b', { to: 'y' })])).toEqual(
      [],
    );
    expect(matches(engine, [at(3, 'b', { to: 'x' })])).toHaveLength(1);
  });

  test('a list joins each of its groups, and one match is told once', () => {
    const engine = engineOf(correlation(`${PAIR}, group-by: [g]`));
    const [match, ...others] = matches(engine, [
      at(1, 'a', { g: ['x', 'y', 'z'] }),
      at(2, 'b', { g: ['y', 'z'] }),
    ]);
    expect(others).toEqual([]);
    expect(match?.groupKey).toBe('under test: g=y');
  });

  test('a list tells different matches of its groups each', () => {
    const engine = engineOf(correlation(`${PAIR}, group-by: [g]`));
    const events = [at(1, 'a', { g: 'x' }), at(2, 'a', { g: 'y' }), at(3, 'b', { g: ['x', 'y'] })];
    expect(matches(engine, events)).toHaveLength(2);
  });

  test('of the ancestors of a process only the nearest tells', () => {
    const field = 'process.ancestors';
    const engine = engineOf(correlation(`${PAIR}, group-by: [${field}]`));
    const events = [
      at(1, 'a', { [field]: ['q'] }),
      at(2, 'a', { [field]: ['p', 'q'] }),
      at(3, 'b', { [field]: ['o', 'p', 'q'] }),
    ];
    expect(matches(engine, events).map(({ groupKey }) => groupKey)).toEqual([
      `under test: ${field}=p`,
    ]);
  });

  test('a list joins sixteen groups at most', () => {
    const engine = engineOf(correlation(`${PAIR}, group-by: [g]`));
    matches(engine, [at(1, 'a', { g: Array.from({ length: 40 }, (_, index) => `v${index}`) })]);
    expect(engine.counts().groups).toBe(16);
  });
});

describe('bounds', () => {
  const bounds = { groupsPerRuleMax: 6, groupsPerOwnerMax: 3 };
  const PAIR_BY_GROUP = correlation(`${PAIR}, group-by: [g]`);

  test('one owner pushes out only its own groups', () => {
    const engine = engineOf(PAIR_BY_GROUP, bounds);
    matches(engine, [{ ...at(1, 'a', { g: 'victim' }), owner: 'shop/web-1' }]);
    const flood = Array.from({ length: 20 }, (_, index) => ({
      ...at(2 + index, 'a', { g: `flood${index}` }),
      owner: 'evil/pod',
    }));
    matches(engine, flood);
    expect(engine.counts()).toMatchObject({ groups: 4, evicted: 17 });
    expect(matches(engine, [at(30, 'b', { g: 'victim' })])).toHaveLength(1);
  });

  test('over all owners the group with the fewest steps goes, then the one longest untouched', () => {
    const THREE = 'type: temporal_ordered, rules: [a, b, c], timespan: 1m, group-by: [g]';
    const engine = engineOf(correlation(THREE), bounds);
    matches(engine, [owned(at(1, 'a', { g: 'far' }), 'o1'), owned(at(2, 'b', { g: 'far' }), 'o1')]);
    matches(
      engine,
      Array.from({ length: 9 }, (_, index) =>
        owned(at(3 + index, 'a', { g: `g${index}` }), `p${index}`),
      ),
    );
    expect(engine.counts()).toMatchObject({ groups: 6, evicted: 4 });
    expect(matches(engine, [owned(at(20, 'c', { g: 'far' }), 'o1')])).toHaveLength(1);
  });

  test('groups expire by the times of what is released', () => {
    const engine = engineOf(PAIR_BY_GROUP);
    matches(engine, [at(1, 'a', { g: 'x' }), at(2, 'a', { g: 'y' })]);
    expect(engine.counts().groups).toBe(2);
    matches(engine, [at(1_000, 'a', { g: 'z' })]);
    expect(engine.counts().groups).toBe(1);
  });

  test('a group keeps a bounded number of entries and goes on counting', () => {
    const engine = engineOf(
      correlation(
        'type: event_count, rules: [a], timespan: 1h, group-by: [g], condition: {gte: 50}',
      ),
    );
    const events = Array.from({ length: 3_000 }, (_, index) => at(index / 10, 'a', { g: 'x' }));
    const found = acceptAll(engine, events).flatMap((list, index) => list.map(() => index));
    expect(found).toEqual([49]);
    expect(engine.snapshot().tables[0]?.groups[0]?.entries.length).toBeLessThanOrEqual(102);
  });
});

describe('correlations of correlations', () => {
  const inner =
    'title: many\nname: many\ncorrelation: {type: event_count, rules: [a], timespan: 1m, condition: {gte: 3}}\n---\n';
  const outer = correlation('type: temporal_ordered, rules: [many, b], timespan: 5m');

  test('complete from the inside out, whatever the order of the documents', () => {
    const events = [at(1, 'a'), at(2, 'a'), at(3, 'a'), at(4, 'b')];
    for (const text of [inner + outer, `${outer}---\n${inner.replace('---\n', '')}`]) {
      const found = acceptAll(engineOf(text), events).map((list) => list.map(({ title }) => title));
      expect(found).toEqual([[], [], ['many'], ['under test']]);
    }
  });

  test('stand on the findings of events', () => {
    const found = matches(engineOf(inner + outer), [
      at(1, 'a'),
      at(2, 'a'),
      at(3, 'a'),
      at(4, 'b'),
    ]);
    const links = found.find(({ title }) => title === 'under test')?.evidence;
    expect(links?.map(({ ruleId }) => ruleId)).toEqual(['a', 'a', 'a', 'b']);
  });

  test('may not go round in a circle', () => {
    const one = correlation('type: temporal, rules: [a, other], timespan: 5m');
    const other = `title: other\nname: other\ncorrelation: {type: temporal, rules: [b, under-test], timespan: 5m}\n`;
    const { correlations, problems } = parseAnything(withBase(`${one}---\n${other}`));
    expect(correlations).toEqual([]);
    expect(problems.map(({ message }) => message).join()).toContain('refers to itself');
  });
});

const state = (text: string) => parseAnything(withBase(text)).correlations;

describe('a new rule set', () => {
  test('keeps the state of a rule that matches as before', () => {
    const engine = engineOf(correlation(PAIR));
    matches(engine, [at(1, 'a')]);
    engine.load(
      state(correlation(PAIR).replace('level: high', 'level: low').replace('under test', 'new')),
    );
    expect(matches(engine, [at(2, 'b')])[0]).toMatchObject({ title: 'new', level: 'low' });
    expect(engine.counts().startedEmpty).toBe(0);
  });

  test('starts a rule that changed empty, and says so', () => {
    const engine = engineOf(correlation(PAIR));
    matches(engine, [at(1, 'a')]);
    engine.load(state(correlation(PAIR.replace('1m', '2m'))));
    expect(matches(engine, [at(2, 'b')])).toEqual([]);
    expect(engine.counts().startedEmpty).toBe(1);
  });

  test('that changes a base rule changes the correlation', () => {
    const [before] = state(correlation(PAIR));
    const changed = withBase(correlation(PAIR)).replace('{s: {f: a}', '{s: {f: other}');
    const [after] = parseAnything(changed).correlations;
    expect(after?.matchHash).not.toBe(before?.matchHash);
  });
});

describe('what is refused', () => {
  const EVENT_COUNT = 'type: event_count, rules: [a], timespan: 5m';
  test.each([
    [`${EVENT_COUNT}, condition: {lt: 3}`, 'not supported yet'],
    [`${EVENT_COUNT}, condition: {eq: 3}`, 'not supported yet'],
    [`${EVENT_COUNT}, condition: {gte: 0}`, 'at least'],
    [`${EVENT_COUNT}, condition: {gte: 5, lt: 5}`, 'never hold'],
    [`${EVENT_COUNT}, condition: {gte: 5000}`, 'at most'],
    [EVENT_COUNT, 'condition must be a map'],
    ['type: value_sum, rules: [a], timespan: 5m, condition: {gte: 3}', 'not supported yet'],
    ['type: value_count, rules: [a], timespan: 5m, condition: {gte: 3}', 'field is missing'],
    ['type: temporal, rules: [a, b], timespan: 5m, condition: a and not b', 'not supported yet'],
    ['type: temporal, rules: [a], timespan: 5m', 'two rules'],
    ['type: temporal, rules: [a, a], timespan: 5m', 'twice'],
    ['type: temporal, rules: [a, nobody], timespan: 5m', "no rule 'nobody'"],
    ['type: temporal, rules: [a, b], timespan: 5 minutes', 'such as 5m'],
    ['type: temporal, rules: [a, b], timespan: 5m, groupby: [g]', "'groupby' is not a known key"],
    [
      'type: temporal, rules: [a, b], timespan: 5m, aliases: {x: {a: f}}, group-by: [x]',
      "no field for rule 'b'",
    ],
  ])('%s', (body, message) => {
    const { correlations, problems } = parseAnything(withBase(correlation(body)));
    expect(correlations).toEqual([]);
    expect(problems.map((problem) => problem.message).join()).toContain(message);
  });
});

test('a match says what it stands on', () => {
  const engine = engineOf(
    correlation(
      'type: event_count, rules: [a, falco/Noise], timespan: 1h, group-by: [g], condition: {gte: 30}',
      'tags: [attack.discovery]\neyrie: {merge: true, runbook: [1. Look.]}\n',
    ),
  );
  const events = Array.from({ length: 30 }, (_, index) => ({
    ...at(index, 'a', { g: 'x' }),
    rules: [index % 2 === 0 ? 'a' : 'falco/Noise'],
  }));
  const [match] = matches(engine, events);
  expect(match).toMatchObject({
    kind: 'correlation',
    ruleId: 'under-test',
    title: 'under test',
    level: 'high',
    time: 29_000_000,
    tactics: ['discovery'],
    techniques: ['T1059'],
    merge: true,
    groupKey: 'under test: g=x',
    runbook: ['1. Look.'],
    sentence: '30 events of "a", "falco/Noise" within 29 s in shop/web-1',
    entity: { kind: 'correlation', label: 'under test: shop/web-1' },
  });
  expect(match?.evidence).toHaveLength(20);
  expect(match?.evidence[0]?.findingId).toBe('a:0a');
  expect(match?.events).toHaveLength(20);
  expect(match?.events.at(-1)?.eventId).toBe('29a');
});
