import { describe, expect, test } from 'vitest';
import { INCIDENT_STATES, type IncidentState } from '../../src/model/incident.ts';
import type { ActionName } from '../../src/model/observation.ts';
import { judge } from '../../src/incidents/lifecycle.ts';
import { stableId } from '../../src/lib/stable-id.ts';
import { nodeKey, podKey } from '../../src/lib/entity-keys.ts';
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
  START,
} from './fold.ts';

const ACTIONS: readonly ActionName[] = [
  'acknowledge',
  'start',
  'hold',
  'resolve',
  'close',
  'reopen',
  'note',
];

/** The table of the reference, written down a second time on purpose: '-' is a conflict. */
const EXPECTED: Readonly<Record<IncidentState, readonly (IncidentState | '-')[]>> = {
  new: ['acknowledged', 'investigating', '-', 'resolved', 'closed', '-', 'new'],
  acknowledged: ['-', 'investigating', 'on_hold', 'resolved', 'closed', '-', 'acknowledged'],
  investigating: ['-', '-', 'on_hold', 'resolved', 'closed', '-', 'investigating'],
  on_hold: ['-', 'investigating', '-', 'resolved', 'closed', '-', 'on_hold'],
  resolved: ['-', '-', '-', '-', 'closed', 'investigating', 'resolved'],
  closed: ['-', '-', '-', '-', '-', 'investigating', 'closed'],
  merged: ['-', '-', '-', '-', '-', '-', 'merged'],
};

describe('transitions', () => {
  const cases = INCIDENT_STATES.flatMap((state) =>
    ACTIONS.map((name, index) => [state, name, EXPECTED[state][index] ?? '-'] as const),
  );
  test.each(cases)('%s + %s → %s', (state, name, expected) => {
    const incident = { id: 'x', state, verdict: null, version: 3, survivorId: 'survivor' };
    const judgment = judge(incident, action(name, 'x', { verdict: 'test' }));
    if (expected === '-') expect(judgment.status).toBe('conflict');
    else expect(judgment).toMatchObject({ status: 'done', state: expected });
  });

  const open = { id: 'x', state: 'new', verdict: null, version: 3, survivorId: null } as const;

  test('a stale version is refused, but not for acknowledge and note', () => {
    for (const name of ['start', 'resolve', 'close'] as const) {
      expect(judge(open, action(name, 'x', { ifVersion: 2, verdict: 'test' })).status).toBe(
        'stale',
      );
    }
    for (const name of ['acknowledge', 'note'] as const) {
      expect(judge(open, action(name, 'x', { ifVersion: 2 })).status).toBe('done');
    }
    expect(judge(open, action('start', 'x', { ifVersion: 3 })).status).toBe('done');
  });

  test('closing needs a verdict, its own or that of the resolve before', () => {
    expect(judge(open, action('close', 'x')).status).toBe('verdict-missing');
    const resolved = { ...open, state: 'resolved', verdict: 'false_positive' } as const;
    expect(judge(resolved, action('close', 'x'))).toMatchObject({ verdict: 'false_positive' });
    expect(judge(resolved, action('reopen', 'x'))).toMatchObject({ verdict: null });
  });
});

describe('acting through the room', () => {
  test('held entries of a log are counted under who acted where', () => {
    const room = newRoom();
    const key = 'namespace-user:default/1';
    const entity = { kind: 'namespace-user', key, label: 'namespace shop (alice)' } as const;
    const where = { pod: null, podUid: null, container: null, containerId: null, node: null };
    const first = finding('f1');
    const entry = { ...first, entity, where: { ...first.where, ...where } };
    const { id } = only(run(room, on([entry])));
    const held = new Map([
      [key, 2],
      [nodeKey('default', 'node-a'), 9],
    ]);
    const [receipt] = run(room, control(action('acknowledge', id, {}), held)).receipts;
    expect(receipt?.heldEvents).toBe(2);
  });

  test('an action has receipt, change and audit entry', () => {
    const room = newRoom();
    const { id } = only(run(room, on([finding('f1')])));
    const close = action('close', id, {
      verdict: 'test',
      text: 'a drill',
      ifVersion: 1,
      atMinute: 5,
    });
    const held = new Map([
      [podKey('default', null, 'shop/web'), 3],
      [nodeKey('default', 'node-a'), 9],
    ]);
    const raised = run(room, control(close, held));
    expect(raised.receipts).toEqual([
      {
        actionId: close.id,
        status: 'done',
        incidentId: id,
        version: 2,
        state: 'closed',
        heldEvents: 3,
        detail: 'The incident is now closed.',
      },
    ]);
    expect(raised.changes).toEqual([
      {
        incidentId: id,
        reason: 'closed',
        at: close.at,
        cause: close.id,
        sentence: 'Closed by anna as test: a drill',
      },
    ]);
    expect(raised.audit).toEqual([
      {
        at: close.at,
        actor: 'anna',
        via: 'api',
        actionId: close.id,
        incidentId: id,
        action: 'close',
        before: '{"state":"new","verdict":null,"version":1}',
        after: '{"state":"closed","verdict":"test","version":2}',
        text: 'a drill',
      },
    ]);
    expect(only(raised)).toMatchObject({ state: 'closed', verdict: 'test', version: 2 });
  });

  test('a refused action changes nothing', () => {
    const room = newRoom();
    const { id } = only(run(room, on([finding('f1')])));
    const raised = run(room, control(action('hold', id)), control(action('reopen', 'nobody')));
    expect(raised.receipts.map((receipt) => receipt.status)).toEqual(['conflict', 'not-found']);
    expect(raised.receipts[0]?.detail).toContain(
      'possible are: acknowledge, start, resolve, close, note',
    );
    expect(raised.receipts[1]).toMatchObject({ version: null, state: null });
    expect([raised.incidents, raised.changes, raised.audit]).toEqual([[], [], []]);
  });

  test('acting on a merged incident names the survivor; a note is taken', () => {
    const room = newRoom();
    const [web, api] = [finding('w'), finding('a', { at: 1, pod: 'api' })];
    run(room, on([web]), on([api], [correlation('c', [web, api], { merge: true })]));
    const survivor = stableId(['incident', web.entity.key, 'w']);
    const merged = stableId(['incident', api.entity.key, 'a']);
    const raised = run(
      room,
      control(action('resolve', merged)),
      control(action('note', merged, { text: 'seen' })),
    );
    expect(raised.receipts.map((receipt) => receipt.status)).toEqual(['conflict', 'done']);
    expect(raised.receipts[0]?.detail).toContain(survivor);
    expect(reasons(raised)).toEqual(['noted']);
    expect(raised.changes[0]).toMatchObject({ sentence: 'Noted by anna: seen', at: START });
  });

  test('new settings are in effect from their place on', () => {
    const room = newRoom();
    const settings = { ...newRoomSettings, quietPeriodMs: 60_000 };
    const raised = run(
      room,
      on([finding('f1')]),
      on([finding('f2', { at: 2 })]),
      control({ kind: 'settings', hash: 'h', settings }),
      on([finding('f3', { at: 4 })]),
    );
    expect(raised.incidents.map((incident) => incident.findingCount)).toEqual([2, 1]);
  });
});

const newRoomSettings = {
  quietPeriodMs: 1_800_000,
  incidentSpanMaxMs: 86_400_000,
  reopenWindowMs: 3_600_000,
  revisionHorizonMs: 300_000,
  evidencePerRuleMax: 20,
  incidentLevelMin: 'low',
} as const;
