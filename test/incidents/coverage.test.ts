import { describe, expect, test } from 'vitest';
import { brief, gapsOf, says, totals, at } from './health.ts';
import { finding, newRoom, on, restarted, run, type ScriptStep } from './fold.ts';

const DAY = 86_400;

const gapsAfter = (...script: readonly ScriptStep[]) => gapsOf(run(newRoom(), ...script));
const briefAfter = (...script: readonly ScriptStep[]) => gapsAfter(...script).map(brief);

describe('a drop message', () => {
  test('makes a gap that ends with it and began at most a minute before', () => {
    const [gap, ...others] = gapsAfter(says('event-drop', 600, { lost: 347_335 }));
    expect(others).toEqual([]);
    expect(gap).toMatchObject({
      cluster: 'default',
      node: 'node-a',
      sensor: 'falco',
      reason: 'event-drop',
      from: at(540),
      to: at(600),
      open: false,
      lost: 347_335,
      scope: null,
      sentence: 'Falco lost 347,335 events.',
    });
  });

  test.each([
    ['another drop message', says('event-drop', 590, { lost: 1 }), '530-600 x4'],
    ['totals', totals(590, 0), '590-600 x3'],
  ])('begins at the word of the sensor before: %s', (_name, before, expected) => {
    expect(briefAfter(before, says('event-drop', 600, { lost: 3 }))).toEqual([expected]);
  });

  test('may say no number', () => {
    const [gap] = gapsAfter(says('event-drop', 600));
    expect(gap?.lost).toBeNull();
    expect(gap?.sentence).toBe('Falco lost events, it did not say how many.');
    expect(briefAfter(says('event-drop', 0), says('event-drop', 5, { lost: 2 }))).toEqual([
      '-60-5 x2',
    ]);
  });

  test('that is late makes a gap of its own time', () => {
    const script = [
      says('event-drop', 6000, { lost: 5 }),
      says('event-drop', 600, { lost: 7, late: true }),
      says('event-drop', 610, { lost: 1, late: true }),
      says('event-drop', 6010, { lost: 2 }),
    ];
    expect(briefAfter(...script)).toEqual(['5940-6010 x7', '540-610 x8']);
  });
});

describe('totals', () => {
  test('that grew make a gap between the two', () => {
    expect(briefAfter(totals(0, 10), totals(3600, 10), totals(7200, 60))).toEqual([
      '3600-7200 x50',
    ]);
  });

  test('that come first, of a sensor that started long ago or does not say, tell of no time', () => {
    expect(gapsAfter(totals(0, 10))).toEqual([]);
    expect(gapsAfter(totals(0, 10, { since: at(-7201) }))).toEqual([]);
    expect(gapsAfter(totals(0, 0, { since: at(-5) }))).toEqual([]);
  });

  test('that come first count from the start of the sensor, if that was not long ago', () => {
    expect(briefAfter(totals(0, 10, { since: at(-300) }))).toEqual(['-300-0 x10']);
    const told = says('event-drop', -200, { lost: 4 });
    expect(briefAfter(told, totals(0, 10, { since: at(-300) }))).toEqual(['-300-0 x10']);
    const ofAnotherLife = says('event-drop', -400, { lost: 4 });
    expect(briefAfter(ofAnotherLife, totals(0, 10, { since: at(-300) }))).toEqual([
      '-460--400 x4',
      '-300-0 x10',
    ]);
  });

  test('that went backwards are those of a sensor that started again', () => {
    expect(briefAfter(totals(0, 100), totals(60, 30))).toEqual(['0-60 x30']);
    expect(briefAfter(totals(0, 100), totals(60, 0))).toEqual([]);
    expect(briefAfter(totals(0, 100), totals(60, 130, { since: at(10) }))).toEqual(['0-60 x130']);
  });

  test('and drop messages of the same loss count once', () => {
    const told = says('event-drop', 30, { lost: 5 });
    expect(briefAfter(totals(0, 0), told, totals(60, 5))).toEqual(['0-30 x5']);
    expect(briefAfter(totals(0, 0), told, totals(60, 12))).toEqual(['0-60 x12']);
  });

  test('correct a drop message that told what the totals before had counted', () => {
    const script = [
      totals(0, 0),
      totals(60, 8),
      says('event-drop', 60.5, { lost: 8 }),
      totals(120, 10),
    ];
    expect(briefAfter(...script)).toEqual(['0-60.5 x10']);
  });

  test('count a late drop message that lies between them no second time', () => {
    const late = says('event-drop', 20, { lost: 5, late: true });
    expect(briefAfter(totals(0, 0), totals(60, 5), late)).toEqual(['-40-60 x5']);
    const before = says('event-drop', -500, { lost: 5, late: true });
    expect(briefAfter(totals(0, 0), totals(60, 5), before)).toEqual(['0-60 x5', '-560--500 x5']);
  });

  test('that are late say nothing new and are no restart', () => {
    const late = totals(30, 2, { late: true });
    expect(briefAfter(totals(0, 0), totals(60, 5), late, totals(90, 6))).toEqual(['0-90 x6']);
  });

  test('of what was found but not put out are a gap of their own', () => {
    const gaps = gapsAfter(
      totals(0, 0, { queue: 0 }),
      says('event-drop', 20, { lost: 7 }),
      totals(60, 7, { queue: 16 }),
    );
    expect(gaps.map((gap) => [gap.scope, brief(gap)])).toEqual([
      [null, '0-20 x7'],
      ['falco.outputs_queue_num_drops', '0-60 x16'],
    ]);
    expect(gaps[1]?.sentence).toBe('Falco lost 16 events (falco.outputs_queue_num_drops).');
  });

  test('of a sensor that names no node are passed over, its drop messages are not', () => {
    const node = '';
    expect(gapsAfter(totals(0, 9, { node }), totals(60, 3, { node }))).toEqual([]);
    expect(gapsAfter(says('event-drop', 60, { node, lost: 1 }))).toHaveLength(1);
  });

  test('are compared in the order of receipt where the clock of the node was set back', () => {
    const after = totals(-4000, 12, { orderTime: at(61) });
    expect(briefAfter(totals(0, 10), after)).toEqual(['-4060--4000 x2']);
  });

  test('that are no numbers of events are passed over', () => {
    const odd = says('metrics', 60, { totals: { 'scap.n_drops': Number.NaN, other: -4 } });
    expect(gapsAfter(totals(0, 1), odd, totals(90, 1))).toEqual([]);
  });
});

describe('Tetragon', () => {
  test('that dropped events over its export limit has a gap of the minute before', () => {
    const [gap] = gapsAfter(says('rate-limit', 100, { lost: 42 }));
    expect(gap).toMatchObject({
      sensor: 'tetragon',
      reason: 'rate-limit',
      from: at(40),
      to: at(100),
      sentence: 'Tetragon dropped 42 events over its export limit.',
    });
    const script = [100, 160, 220, 400].map((second) => says('rate-limit', second, { lost: 1 }));
    expect(briefAfter(...script)).toEqual(['40-220 x3', '340-400 x1']);
  });

  test('that throttles a cgroup has an open gap until it stops', () => {
    const scope = 'pod-1';
    const room = newRoom();
    const [open] = gapsOf(run(room, says('throttle-start', 0, { scope })));
    expect(open).toMatchObject({ open: true, from: at(0), to: at(0), lost: null, scope });
    expect(open?.sentence).toBe(
      'Tetragon stopped reporting the cgroup pod-1, which was too loud and has not said that it is reported again.',
    );
    const other = run(room, says('throttle-stop', 500, { scope: 'pod-2' }));
    expect(gapsOf(other).map(brief)).toEqual(['440-500 x?']);
    const [closed] = gapsOf(run(room, says('throttle-stop', 3000, { scope })));
    expect(closed).toEqual({
      ...open,
      to: at(3000),
      open: false,
      sentence: 'Tetragon stopped reporting the cgroup pod-1, which was too loud.',
    });
  });

  test.each([
    [
      'a second start',
      [
        ['start', 0],
        ['start', 500],
        ['stop', 600],
      ],
      ['0-600 x?'],
    ],
    [
      'a start soon after a stop',
      [
        ['start', 0],
        ['stop', 10],
        ['start', 30],
      ],
      ['0-30… x?'],
    ],
    [
      'a start long after a stop',
      [
        ['start', 0],
        ['stop', 10],
        ['start', 90],
      ],
      ['0-10 x?', '90-90… x?'],
    ],
    [
      'a late start',
      [
        ['stop', 100],
        ['start', 50],
      ],
      ['40-100 x?'],
    ],
    [
      'a late start before what is known',
      [
        ['stop', 1000],
        ['start', 50],
      ],
      ['50-1000 x?'],
    ],
    [
      'a late stop',
      [
        ['start', 0],
        ['start', 500],
        ['stop', 400],
      ],
      ['0-500… x?'],
    ],
    [
      'no stop for more than a day',
      [
        ['start', 0],
        ['start', DAY + 61],
      ],
      ['0-0… x?', '86461-86461… x?'],
    ],
  ] as const)('with %s', (_name, words, expected) => {
    const script = words.map(([word, second]) =>
      says(`throttle-${word}`, second, { scope: 'pod' }),
    );
    expect(briefAfter(...script)).toEqual(expected);
  });
});

test('a failure of a sensor is a gap with its words', () => {
  const detail = 'No events for 1000 timeouts.\u001b[2J';
  const [gap] = gapsAfter(says('sensor-error', 100, { detail }));
  expect(gap).toMatchObject({ reason: 'sensor-error', from: at(40), to: at(100), lost: null });
  expect(gap?.sentence).toBe(
    String.raw`Falco said that something in it failed: No events for 1000 timeouts.\x1b[2J`,
  );
});

const drop = (second: number) => says('event-drop', second, { lost: 1 });
const sure = (second: number) => totals(second, 0);

describe('gaps', () => {
  test('less than a minute apart are one, a minute apart are two', () => {
    expect(briefAfter(sure(0), drop(1), sure(60.9), drop(61))).toEqual(['0-61 x2']);
    expect(briefAfter(sure(0), drop(1), says('sensor-error', 50), sure(61), drop(62))[0]).toBe(
      '0-1 x1',
    );
    expect(briefAfter(sure(0), drop(1), sure(61), drop(62))).toEqual(['0-1 x1', '61-62 x1']);
  });

  test('of other clusters, nodes, sensors and reasons stay apart', () => {
    const script = [
      says('event-drop', 0, { lost: 1 }),
      says('event-drop', 0, { lost: 1, cluster: 'other' }),
      says('event-drop', 0, { lost: 1, node: 'node-b' }),
      says('event-drop', 0, { lost: 1, sensor: 'tetragon' }),
      says('sensor-error', 0),
    ];
    expect(new Set(gapsAfter(...script).map((gap) => gap.id)).size).toBe(5);
  });

  test('keep their id while they grow, and tell of it once per batch', () => {
    const room = newRoom();
    const first = run(room, says('event-drop', 0, { lost: 1 })).gaps;
    const then = run(
      room,
      says('event-drop', 30, { lost: 1 }),
      says('event-drop', 60, { lost: 1 }),
    );
    expect(then.gaps.map((gap) => gap.id)).toEqual(first.map((gap) => gap.id));
    expect(then.gaps.map(brief)).toEqual(['-60-60 x3']);
    expect(run(room, says('notice', 90), on([finding('a')])).gaps).toEqual([]);
  });

  test('are found again by a state that was saved before there were any', () => {
    const room = newRoom();
    run(room, on([finding('a')]));
    const { coverage: _coverage, ...old } = room.snapshot() as Record<string, unknown>;
    const next = newRoom();
    next.restore(old);
    expect(gapsOf(run(next, says('event-drop', 0, { lost: 1 })))).toHaveLength(1);
  });

  test('count what was lost by sensor and reason', () => {
    const room = newRoom();
    run(room, says('event-drop', 0, { lost: 5 }), says('event-drop', 500, { lost: 5 }));
    run(room, says('rate-limit', 0, { lost: 3 }));
    expect([...restarted(room).status().lostEvents]).toEqual([
      ['falco event-drop', 10],
      ['tetragon rate-limit', 3],
    ]);
  });

  test('are bounded, whatever a sensor invents', () => {
    const room = newRoom();
    const scopes = Array.from({ length: 10_000 }, (_, index) =>
      says('throttle-start', index, { scope: `${'x'.repeat(5000)}${index}` }),
    );
    run(room, ...scopes);
    const { coverage } = room.snapshot() as {
      coverage: { gaps: { byPlace: { young: Map<string, unknown>; old: Map<string, unknown> } } };
    };
    const { young, old } = coverage.gaps.byPlace;
    expect(young.size + old.size).toBeLessThanOrEqual(8192);
    const longest = Math.max(...[...young.keys()].map((key) => key.length));
    expect(longest).toBeLessThan(700);
  });
});

test('the time of an event that is days ahead of its receipt is the receipt', () => {
  const far = totals(10 * 365 * DAY, 10, { orderTime: at(10) });
  const script = [totals(0, 5), far, totals(60, 12), says('event-drop', 61, { lost: 1 })];
  expect(briefAfter(...script)).toEqual(['0-61 x8']);
});
