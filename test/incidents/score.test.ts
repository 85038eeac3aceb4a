import { describe, expect, test } from 'vitest';
import { scoreOf, severityOf } from '../../src/incidents/score.ts';
import { placeName, titleOf } from '../../src/incidents/title.ts';
import { wherePod } from './fold.ts';

const base = { leadTitle: 'Shell', tactics: [], connectedBy: [] } as const;

describe('score', () => {
  test.each([
    ['informational', 5, 'informational'],
    ['low', 20, 'low'],
    ['medium', 40, 'medium'],
    ['high', 60, 'high'],
    ['critical', 85, 'critical'],
  ] as const)(
    'a lone %s finding is worth %i points and of severity %s',
    (level, risk, severity) => {
      const score = scoreOf({ ...base, level });
      expect(score).toMatchObject({ risk, severity });
      expect(score.reasons).toEqual([
        {
          code: 'level',
          field: 'level',
          points: risk,
          sentence: `The most severe finding, "Shell", is of level ${level}.`,
        },
      ]);
    },
  );

  test('tactics beyond the first add 5 each, at most 20', () => {
    const tactics = ['a', 'b', 'c'];
    expect(scoreOf({ ...base, level: 'medium', tactics }).risk).toBe(50);
    expect(scoreOf({ ...base, level: 'medium', tactics: [...tactics, 'd', 'e', 'f'] }).risk).toBe(
      60,
    );
  });

  test('a correlation adds 5 and says which rule', () => {
    const score = scoreOf({ ...base, level: 'medium', connectedBy: ['Shell, then token'] });
    expect(score.risk).toBe(45);
    expect(score.reasons.at(-1)).toMatchObject({ code: 'correlation', points: 5 });
    expect(score.reasons.at(-1)?.sentence).toContain('Shell, then token');
  });

  test('several correlations still add 5 and are all named', () => {
    const score = scoreOf({ ...base, level: 'medium', connectedBy: ['A', 'B', 'C'] });
    expect(score.risk).toBe(45);
    expect(score.reasons.at(-1)?.sentence).toBe(
      'The correlations "A", "B" and "C" connected several findings.',
    );
  });

  test('risk ends at 100, and the reasons still add up to it', () => {
    const tactics = ['a', 'b', 'c', 'd', 'e'];
    const score = scoreOf({ ...base, level: 'critical', tactics, connectedBy: ['x'] });
    expect(score.risk).toBe(100);
    expect(score.reasons.map((reason) => reason.points)).toEqual([85, 15, 0]);
    expect(score.reasons[1]?.sentence).toContain(
      'Risk ends at 100, so this adds 15 instead of 20.',
    );
    expect(score.reasons[2]?.sentence).toContain('Risk ends at 100, so this adds nothing more.');
  });

  test.each([
    [9, 'informational'],
    [10, 'low'],
    [29, 'low'],
    [30, 'medium'],
    [54, 'medium'],
    [55, 'high'],
    [79, 'high'],
    [80, 'critical'],
  ] as const)('a risk of %i is %s', (risk, severity) => {
    expect(severityOf(risk)).toBe(severity);
  });
});

describe('title', () => {
  const where = wherePod('web');
  test('names the pod, else the container, else the node, else the namespace, else nothing', () => {
    expect(titleOf('Shell', where)).toBe('Shell in shop/web');
    expect(placeName({ ...where, pod: null })).toBe('app');
    expect(placeName({ ...where, pod: null, container: null })).toBe('c0ffee00c0ff');
    const node = { ...where, pod: null, container: null, containerId: null };
    expect(titleOf('Shell', node)).toBe('Shell in node-a');
    const log = { ...node, node: null };
    expect(titleOf('Shell', log)).toBe('Shell in namespace shop');
    expect(titleOf('Shell', { ...log, namespace: null })).toBe('Shell');
  });
});
