import { describe, expect, test } from 'vitest';
import { AlertRules } from '../../src/detect/finding/alert-rule.ts';
import { entityOf, whereOf } from '../../src/detect/finding/place.ts';
import { Places } from '../../src/detect/finding/places.ts';
import { buildAlert, buildEvent, buildPod } from './build-event.ts';

describe('the rule of an alert', () => {
  test('is made once while name, priority and tags stay the same', () => {
    const rules = new AlertRules(new Map());
    const first = rules.ruleOf(buildAlert({ rule: 'R', priority: 'notice', tags: ['T1611'] }));
    const again = rules.ruleOf(buildAlert({ rule: 'R', priority: 'notice', tags: ['T1611'] }));
    expect(again).toBe(first);
  });

  test('is read again when its priority or a tag changed, and back again', () => {
    const rules = new AlertRules(new Map());
    const old = buildAlert({ rule: 'R', priority: 'notice', tags: ['T1611', 'x'] });
    const before = rules.ruleOf(old);
    const raised = rules.ruleOf(buildAlert({ ...old, priority: 'critical' }));
    const moved = rules.ruleOf(buildAlert({ ...old, tags: ['T1059', 'x'] }));
    const fewer = rules.ruleOf(buildAlert({ ...old, tags: ['T1611'] }));
    expect([before.level, raised.level, moved.level]).toEqual(['low', 'critical', 'low']);
    expect(moved.attack.techniques).toEqual(['T1059']);
    expect(fewer.attack.techniques).toEqual(['T1611']);
    expect(rules.ruleOf(old)).toEqual(before);
  });

  test('of a name not seen before is right, however many there were', () => {
    const rules = new AlertRules(new Map());
    for (let index = 0; index < 5000; index += 1) rules.ruleOf(buildAlert({ rule: `R${index}` }));
    expect(rules.ruleOf(buildAlert({ rule: 'R1' })).ruleId).toBe('falco/R1');
  });
});

describe('the place of a finding', () => {
  const pod = buildPod({ podUid: null, namespace: 'shop', podName: 'web', containerName: null });
  const known = { pod, lineage: null, join: null };
  const base = buildEvent({ id: 'a', container: { id: 'c'.repeat(12), name: 'c1', image: null } });
  const variants = [
    base,
    buildEvent({ ...base, id: 'b', node: 'node-2' }),
    buildEvent({ ...base, id: 'c', node: '' }),
    buildEvent({ ...base, id: 'd', cluster: 'other' }),
    buildEvent({ ...base, id: 'e', container: null }),
    buildEvent({ ...base, id: 'f', container: { id: 'c'.repeat(12), name: 'c2', image: null } }),
    buildEvent({ ...base, id: 'g', container: { id: 'c'.repeat(31), name: 'c1', image: null } }),
  ];

  test('is shared by events of one place', () => {
    const places = new Places();
    expect(places.of(buildEvent({ ...base, id: 'z' }), known)).toBe(places.of(base, known));
  });

  test('is the one of each event, also where events share the words about their pod', () => {
    const places = new Places();
    for (const event of [...variants, ...variants.toReversed()]) {
      for (const enrichment of [
        known,
        { pod: { ...pod, podName: 'other' }, lineage: null, join: null },
        null,
      ]) {
        const place = places.of(event, enrichment);
        expect(place.entity).toEqual(entityOf(event, enrichment));
        expect(place.where).toEqual(whereOf(event, enrichment));
        expect(place.words).toBe(`in ${place.entity.label}`);
      }
    }
  });
});
