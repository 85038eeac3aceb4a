import { describe, expect, test } from 'vitest';
import type { Finding } from '../../src/model/finding.ts';
import type { Raised } from '../../src/model/batch.ts';
import {
  action,
  control,
  correlation,
  finding,
  newRoom,
  on,
  only,
  reasons,
  run,
  SETTINGS,
} from './fold.ts';

const ofPod = (raised: Raised, pod: string) =>
  raised.incidents.find((incident) => incident.entity.label === `shop/${pod}`);
const web = finding('w', { tactics: ['execution'] });
const api = finding('a', { at: 1, pod: 'api', tactics: ['impact'], ruleId: 'rule-b' });

const merging = (id: string, evidence: readonly Finding[]) =>
  correlation(id, evidence, { merge: true });

describe('correlations without merge', () => {
  test('join the one incident that holds all evidence', () => {
    const f2 = finding('w2', { at: 1 });
    const raised = run(newRoom(), on([web]), on([f2], [correlation('c', [web, f2])]));
    expect(only(raised)).toMatchObject({ findingCount: 3, severity: 'high', risk: 65 });
    expect(raised.placed.at(-1)).toMatchObject({ incidentId: only(raised).id });
    expect(reasons(raised)).toEqual(['opened', 'finding-added', 'severity-raised']);
    expect(raised.changes.at(-1)?.sentence).toContain('Severity rose from medium to high');
  });

  test('open their own, linked both ways, when evidence lies in several', () => {
    const raised = run(newRoom(), on([web]), on([api], [correlation('c', [web, api])]));
    const own = raised.incidents.find((incident) => incident.entity.kind === 'correlation');
    const others = [ofPod(raised, 'web')?.id, ofPod(raised, 'api')?.id];
    expect(own?.links).toEqual(others.map((incidentId) => ({ incidentId, reason: 'correlated' })));
    expect(ofPod(raised, 'web')?.links).toEqual([{ incidentId: own?.id, reason: 'correlated' }]);
    expect(reasons(raised).filter((reason) => reason === 'linked')).toHaveLength(4);
  });

  test('find folded evidence, and else the incident of the entity at that time', () => {
    const room = newRoom({ evidencePerRuleMax: 1 });
    const folded = finding('w2', { at: 1 });
    run(room, on([web]), on([folded]));
    expect(only(run(room, on([], [correlation('c1', [folded])]))).findingCount).toBe(3);
    const never = finding('never-seen', { at: 2 });
    expect(only(run(room, on([], [correlation('c2', [never])]))).findingCount).toBe(4);
  });

  test('that ticks complete are placed too', () => {
    const room = newRoom();
    run(room, on([web]));
    const tick = { kind: 'tick', receivedAt: 0, runStartedAt: 0 } as const;
    const raised = run(room, control(tick, new Map(), [correlation('c', [web])]));
    expect(only(raised).findingCount).toBe(2);
    expect(room.progress.record).toBeNull();
  });

  test('whose evidence was closed before they came open their own, linked', () => {
    const room = newRoom();
    const { id } = only(run(room, on([web])));
    run(room, control(action('close', id, { verdict: 'test', atMinute: 5 })));
    const raised = run(room, on([], [correlation('c', [web], { orderTime: web.orderTime + 6e8 })]));
    const own = raised.incidents.find((incident) => incident.entity.kind === 'correlation');
    expect(own?.links).toEqual([{ incidentId: id, reason: 'correlated' }]);
  });

  test('below the minimum level open nothing', () => {
    const room = newRoom({ incidentLevelMin: 'critical' });
    const raised = run(room, on([], [correlation('c', [web])]));
    expect(raised.placed).toEqual([]);
    expect(room.status().findingsBelowLevel).toBe(1);
  });
});

describe('correlations that merge', () => {
  test('make one incident of the open ones; the earlier survives', () => {
    const raised = run(newRoom(), on([web]), on([api], [merging('c', [api, web])]));
    const survivor = ofPod(raised, 'web');
    const taken = ofPod(raised, 'api');
    expect(raised.incidents).toHaveLength(2);
    expect(survivor).toMatchObject({
      state: 'new',
      version: 2,
      findingCount: 3,
      eventCount: 2,
      tactics: ['execution', 'impact'],
      lastTime: api.time,
      links: [{ incidentId: taken?.id, reason: 'merged-from' }],
    });
    expect(survivor?.rules.map((rule) => rule.ruleId)).toEqual(['rule-a', 'rule-b', 'rule-c']);
    expect(taken).toMatchObject({
      state: 'merged',
      version: 2,
      findingCount: 1,
      links: [{ incidentId: survivor?.id, reason: 'merged-into' }],
    });
    expect(raised.placed.map((placed) => placed.incidentId)).toEqual([
      survivor?.id,
      taken?.id,
      survivor?.id,
    ]);
    const merged = raised.changes.filter((change) => change.reason === 'merged');
    expect(merged.map((change) => change.incidentId)).toEqual([taken?.id, survivor?.id]);
    for (const { sentence } of merged) {
      expect(sentence).toContain(
        '"Shell, then token" (rule-c) connects events event-of-a and event-of-w',
      );
    }
    expect(raised.audit.map((entry) => [entry.action, entry.via])).toEqual([
      ['merge', 'system'],
      ['merge', 'system'],
    ]);
  });

  test('later findings of a merged entity go to the survivor, also through a chain', () => {
    const room = newRoom();
    const db = finding('d', { at: -1, pod: 'db' });
    const first = run(room, on([web]), on([api], [merging('c1', [web, api])]));
    const taken = ofPod(first, 'api')?.id;
    const second = run(room, on([db], [merging('c2', [api, db])]));
    expect(ofPod(second, 'web')?.state).toBe('merged');
    const raised = run(room, on([finding('a2', { at: 2, pod: 'api' })]));
    expect(only(raised)).toMatchObject({ id: ofPod(second, 'db')?.id, findingCount: 6 });
    const receipt = run(room, control(action('start', taken ?? ''))).receipts[0];
    expect(receipt?.detail).toContain(ofPod(second, 'db')?.id);
  });

  test('the smaller id survives when both began together', () => {
    const same = finding('s', { pod: 'api' });
    const raised = run(newRoom(), on([web]), on([same], [merging('c', [web, same])]));
    const ids = raised.incidents.map((incident) => incident.id).toSorted();
    expect(raised.incidents.find((incident) => incident.state !== 'merged')?.id).toBe(ids[0]);
  });

  test('leave settled ones alone and link them', () => {
    const room = newRoom();
    const closed = only(run(room, on([web])));
    run(room, control(action('close', closed.id, { verdict: 'test', atMinute: 0.5 })));
    const raised = run(room, on([api], [merging('c', [web, api])]));
    expect(ofPod(raised, 'api')?.links).toEqual([{ incidentId: closed.id, reason: 'correlated' }]);
    expect(ofPod(raised, 'web')).toMatchObject({ state: 'closed' });
    expect(reasons(raised)).not.toContain('merged');
  });

  test('merge at most 8; the rest is linked', () => {
    const evidence = Array.from({ length: 10 }, (_, index) =>
      finding(`p${index}`, { at: index, pod: `pod-${index}` }),
    );
    const room = newRoom();
    run(room, ...evidence.map((one) => on([one])));
    const raised = run(room, on([], [merging('c', evidence)]));
    const states = raised.incidents.map((incident) => incident.state);
    expect(states.filter((state) => state === 'merged')).toHaveLength(7);
    const survivor = ofPod(raised, 'pod-0');
    expect(survivor?.links.map((link) => link.reason)).toEqual([
      ...Array.from({ length: 7 }, () => 'merged-from'),
      'correlated',
      'correlated',
    ]);
  });

  test('the title follows the most severe finding of all', () => {
    const severe = { ...api, level: 'critical', title: 'Escape' } as const;
    const quiet = { ...merging('c', [web, severe]), level: 'low' } as const;
    const raised = run(newRoom(SETTINGS), on([web]), on([severe], [quiet]));
    expect(ofPod(raised, 'web')?.title).toBe('Escape in shop/api');
  });
});
