import { describe, expect, test } from 'vitest';
import {
  action,
  control,
  correlation,
  finding,
  MINUTE,
  newRoom,
  on,
  only,
  process,
  reasons,
  run,
  START,
} from './fold.ts';

const many = (count: number, from = 0) =>
  Array.from({ length: count }, (_, index) =>
    on([finding(`f${from + index}`, { at: (from + index) / 100 })]),
  );

describe('evidence policy', () => {
  test('the first 20 of a rule are kept, the others folded with their journal places', () => {
    const script = many(50);
    const raised = run(newRoom(), ...script);
    expect(raised.placed).toHaveLength(20);
    expect(raised.folded).toEqual([
      {
        incidentId: only(raised).id,
        ruleId: 'rule-a',
        count: 30,
        firstTime: START + 0.2 * MINUTE,
        lastTime: START + 0.49 * MINUTE,
        journal: script.slice(20).map(({ step }) => step.kind === 'event' && step.event.journal),
        reason: 'evidence-limit',
      },
    ]);
    expect(only(raised)).toMatchObject({ findingCount: 50, eventCount: 50 });
    expect(reasons(raised)).toEqual([
      'opened',
      ...Array.from({ length: 19 }, () => 'finding-added'),
    ]);
  });

  test('later ones are kept when they bring news, once', () => {
    const room = newRoom({ evidencePerRuleMax: 1 });
    run(room, on([finding('f0')]));
    const news = [
      finding('severe', { at: 1, level: 'high' }),
      finding('tactic', { at: 2, tactics: ['impact'] }),
      finding('program', { at: 3, process: process('/bin/nc') }),
      finding('file', { at: 4, file: '/etc/shadow' }),
    ];
    const raised = run(room, ...news.map((one) => on([one])));
    expect(raised.placed.map((placed) => placed.finding.id)).toEqual(news.map((one) => one.id));
    expect(reasons(raised)).toEqual([
      'severity-raised',
      'new-tactic',
      'finding-added',
      'finding-added',
    ]);
    const again = run(
      room,
      ...news.map((one, index) => on([{ ...one, id: `again-${index}`, level: 'low' }])),
    );
    expect(again.placed).toEqual([]);
    expect(again.folded.map((folded) => folded.count)).toEqual([4]);
  });

  test('an incident remembers at most 256 programs, however many an attacker starts', () => {
    const script = Array.from({ length: 600 }, (_, index) =>
      on([finding(`f${index}`, { at: index / 100, process: process(`/tmp/${index}`) })]),
    );
    const raised = run(newRoom(), ...script);
    expect(raised.placed).toHaveLength(256);
    expect(only(raised).findingCount).toBe(600);
  });

  test('correlations are always kept', () => {
    const room = newRoom({ evidencePerRuleMax: 1 });
    const base = finding('f0');
    const corr = [1, 2, 3].map((index) => correlation(`c${index}`, [base]));
    const raised = run(room, on([base], corr));
    expect(raised.placed).toHaveLength(4);
    expect(raised.folded).toEqual([]);
  });

  test('rules beyond 256 share one tally and lose no finding', () => {
    const script = Array.from({ length: 300 }, (_, index) =>
      on([finding(`f${index}`, { at: index / 100, ruleId: `falco/made up ${index}` })]),
    );
    const incident = only(run(newRoom(), ...script));
    expect(incident.rules).toHaveLength(257);
    expect(incident.rules.find((rule) => rule.ruleId === 'other')?.count).toBe(44);
    expect(incident.sensors).toEqual(['falco']);
  });
});

describe('counting events', () => {
  test('an event with two findings counts once', () => {
    const raised = run(newRoom(), on([finding('f1'), finding('f2', { ruleId: 'rule-b' })]));
    expect(only(raised)).toMatchObject({ findingCount: 2, eventCount: 1 });
  });

  test('a correlation adds none to its evidence', () => {
    const [f1, f2] = [finding('f1'), finding('f2', { at: 1 })];
    const incident = only(run(newRoom(), on([f1]), on([f2], [correlation('c', [f1, f2])])));
    expect(incident).toMatchObject({ findingCount: 3, eventCount: 2 });
    expect(incident.reasons.map((reason) => reason.code)).toEqual(['level', 'correlation']);
  });

  test('alone in its incident it counts its own events', () => {
    const gone = [finding('g1', { at: -500 }), finding('g2', { at: -499, pod: 'api' })];
    const incident = only(run(newRoom(), on([], [correlation('c', gone)])));
    expect(incident).toMatchObject({ findingCount: 1, eventCount: 2 });
    expect(incident.entity.kind).toBe('correlation');
  });
});

describe('folded findings', () => {
  test('are told of when they reopen, and once when seen before a close', () => {
    const room = newRoom({ evidencePerRuleMax: 1 });
    const { id } = only(run(room, on([finding('f0')])));
    run(room, control(action('close', id, { verdict: 'test', atMinute: 10 })));
    const held = run(room, ...[1, 2, 3].map((at) => on([finding(`h${at}`, { at })])));
    expect(reasons(held)).toEqual(['seen-before-close']);
    expect(held.folded[0]?.count).toBe(3);

    run(room, control(action('reopen', id)), control(action('resolve', id, { atMinute: 12 })));
    const after = run(room, on([finding('r', { at: 13 })]));
    expect(reasons(after)).toEqual(['reopened-by-finding']);
    expect(after.folded[0]?.count).toBe(1);
  });
});
