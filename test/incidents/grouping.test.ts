import { describe, expect, test } from 'vitest';
import { stableId } from '../../src/lib/stable-id.ts';
import {
  action,
  control,
  finding,
  MINUTE,
  newRoom,
  on,
  only,
  podEntity,
  process,
  reasons,
  run,
  START,
} from './fold.ts';

const minor = (id: string, at: number) => finding(id, { at, level: 'informational' });

const settled = (name: 'resolve' | 'close') => {
  const room = newRoom();
  const first = finding('f1', { process: process('/bin/sh'), file: '/etc/passwd' });
  const { id } = only(run(room, on([first])));
  run(room, control(action(name, id, { verdict: 'test', atMinute: 20 })));
  return { room, id };
};

const late = (id: string, at: number) => finding(id, { at, late: true });

describe('opening and joining', () => {
  test('the first finding opens an incident whose id follows from entity and finding', () => {
    const f1 = finding('f1', { tactics: ['execution'], techniques: ['T1059'] });
    const raised = run(newRoom(), on([f1]));
    expect(only(raised)).toEqual({
      id: stableId(['incident', podEntity('web').key, 'f1']),
      entity: f1.entity,
      where: f1.where,
      title: 'Shell in a web server in shop/web',
      severity: 'medium',
      risk: 40,
      state: 'new',
      verdict: null,
      version: 1,
      firstTime: START,
      lastTime: START,
      eventCount: 1,
      findingCount: 1,
      tactics: ['execution'],
      techniques: ['T1059'],
      rules: [
        {
          ruleId: 'rule-a',
          title: 'Shell in a web server',
          level: 'medium',
          count: 1,
          firstTime: START,
          lastTime: START,
        },
      ],
      reasons: [expect.objectContaining({ code: 'level', points: 40 })],
      links: [],
      sensors: ['tetragon'],
    });
    expect(raised.placed).toEqual([{ finding: f1, incidentId: only(raised).id }]);
    expect(raised.changes[0]).toMatchObject({ reason: 'opened', at: START, cause: 'f1' });
  });

  test('exactly the quiet period apart joins, one microsecond more opens a linked one', () => {
    const edge = finding('f2', { at: 30 });
    expect(only(run(newRoom(), on([finding('f1')]), on([edge]))).findingCount).toBe(2);

    const beyond = { ...edge, orderTime: edge.orderTime + 1 };
    const { incidents } = run(newRoom(), on([finding('f1')]), on([beyond]));
    expect(incidents).toHaveLength(2);
    expect(incidents[1]?.links).toEqual([{ incidentId: incidents[0]?.id, reason: 'previous' }]);
  });

  test('an incident spans at most its maximum', () => {
    const room = newRoom({ incidentSpanMaxMs: 60 * 60_000 });
    const minutes = [0, 25, 50, 60, 61];
    const { incidents } = run(room, ...minutes.map((at) => on([finding(`f${at}`, { at })])));
    expect(incidents.map((incident) => incident.findingCount)).toEqual([4, 1]);
  });

  test('entities do not mix', () => {
    const { incidents } = run(newRoom(), on([finding('f1')]), on([finding('f2', { pod: 'api' })]));
    expect(incidents.map((incident) => incident.entity.label)).toEqual(['shop/web', 'shop/api']);
  });

  test('a copy of a finding changes nothing', () => {
    const room = newRoom();
    run(room, on([finding('f1')]));
    const raised = run(room, on([finding('f1')]));
    expect([raised.incidents, raised.placed, raised.changes]).toEqual([[], [], []]);
    expect(room.status().findingCopies).toBe(1);
  });

  test('shown times are those of the sensors, whatever orders the findings', () => {
    const delayed = { ...finding('f2', { at: 1 }), time: START - MINUTE };
    const incident = only(run(newRoom(), on([finding('f1')]), on([delayed])));
    expect([incident.firstTime, incident.lastTime]).toEqual([START - MINUTE, START]);
  });
});

describe('findings below the minimum level', () => {
  test('open nothing and are counted, but join what is open', () => {
    const room = newRoom();
    const raised = run(
      room,
      on([minor('i1', 0)]),
      on([finding('f1', { at: 1 })]),
      on([minor('i2', 2)]),
    );
    expect(only(raised).findingCount).toBe(2);
    expect(raised.placed.map((placed) => placed.finding.id)).toEqual(['f1', 'i2']);
    expect(room.status().findingsBelowLevel).toBe(1);
  });

  test('do not reopen a resolved incident', () => {
    const room = newRoom();
    const { id } = only(run(room, on([finding('f1')])));
    const raised = run(room, control(action('resolve', id, { atMinute: 1 })), on([minor('i1', 2)]));
    expect(reasons(raised)).toEqual(['resolved']);
    expect(room.status().findingsBelowLevel).toBe(1);
  });
});

describe('resolved and closed', () => {
  const known = { process: process('/bin/sh'), file: '/etc/passwd' };

  test('a finding inside the quiet period reopens a resolved one, in the name of the system', () => {
    const { room, id } = settled('resolve');
    const raised = run(room, on([finding('f2', { at: 25 })]));
    expect(only(raised)).toMatchObject({ id, state: 'investigating', verdict: null, version: 3 });
    expect(reasons(raised)).toEqual(['reopened-by-finding']);
    expect(raised.audit).toMatchObject([
      { actor: 'system', via: 'system', action: 'reopen', actionId: 'f2', incidentId: id },
    ]);
    expect(raised.audit[0]?.before).toContain('"state":"resolved","verdict":"test"');
  });

  test('so does one within the reopen window, to its edge', () => {
    const edge = settled('resolve');
    expect(only(run(edge.room, on([finding('f2', { at: 80 })]))).id).toBe(edge.id);
    const beyond = settled('resolve');
    const next = only(run(beyond.room, on([finding('f2', { at: 80.001 })])));
    expect(next).toMatchObject({
      state: 'new',
      links: [{ incidentId: beyond.id, reason: 'previous' }],
    });
  });

  test('a finding after a close opens a new linked incident', () => {
    const { room, id } = settled('close');
    const next = only(run(room, on([finding('f2', { at: 25 })])));
    expect(next).toMatchObject({ state: 'new', links: [{ incidentId: id, reason: 'previous' }] });
  });

  test.each(['resolve', 'close'] as const)('what was seen before a %s joins quietly', (name) => {
    const { room, id } = settled(name);
    const raised = run(room, on([finding('f2', { at: 19, ...known })]));
    expect(only(raised)).toMatchObject({ id, findingCount: 2, version: 2 });
    expect(only(raised).state).toBe(name === 'close' ? 'closed' : 'resolved');
    expect(reasons(raised)).toEqual(['seen-before-close']);
  });

  test.each([
    ['a higher level', { ...known, level: 'high' }],
    ['a new tactic', { ...known, tactics: ['impact'] }],
    ['a new program', { ...known, process: process('/bin/nc') }],
    ['a new file', { ...known, file: '/etc/shadow' }],
  ] as const)('unless it brings %s', (_, news) => {
    const resolved = settled('resolve');
    const raised = run(resolved.room, on([finding('f2', { at: 19, ...news })]));
    expect(only(raised)).toMatchObject({ id: resolved.id, state: 'investigating' });

    const closed = settled('close');
    const next = only(run(closed.room, on([finding('f2', { at: 19, ...news })])));
    expect(next.links).toEqual([{ incidentId: closed.id, reason: 'previous' }]);
  });
});

describe('late findings', () => {
  test('join the newest incident of their entity that covers them, also an earlier one', () => {
    const room = newRoom();
    const { incidents } = run(room, on([finding('f1')]), on([finding('f2', { at: 100 })]));
    const [early, recent] = incidents.map((incident) => incident.id);
    expect(only(run(room, on([late('l1', 10)]))).id).toBe(early);
    expect(only(run(room, on([late('l2', 80)]))).id).toBe(recent);
  });

  test('open a new linked one where none covers them', () => {
    const room = newRoom();
    const first = only(run(room, on([finding('f1', { at: 100 })])));
    const next = only(run(room, on([late('l1', 10)])));
    expect(next.links).toEqual([{ incidentId: first.id, reason: 'previous' }]);
    expect(next.firstTime).toBe(START + 10 * MINUTE);
  });

  test('of equal level but earlier take the title', () => {
    const room = newRoom();
    run(room, on([finding('f1', { at: 10 })]));
    const raised = run(room, on([{ ...late('l1', 5), title: 'Earlier' }]));
    expect(only(raised).title).toBe('Earlier in shop/web');
  });
});
