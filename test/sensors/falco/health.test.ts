import { describe, expect, test } from 'vitest';
import type { HealthFacts, SecurityEvent } from '../../../src/model/security-event.ts';
import { alert, eventOf } from '../samples.ts';
import { eventsOf } from './stream-samples.ts';

const message = (what: string, changes: Record<string, unknown> = {}): SecurityEvent =>
  eventOf({ rule: `Falco internal: ${what}`, time: '2026-05-28T20:26:01Z', ...changes });

const drop = (fields: unknown, changes: Record<string, unknown> = {}): HealthFacts | null =>
  message('syscall event drop', { output_fields: fields, ...changes }).health;

describe('messages of Falco about itself', () => {
  const said = eventsOf('internal');

  test('are kept with their node and their time, as no alert', () => {
    expect(said[0]).toMatchObject({
      kind: 'health',
      sensor: 'falco',
      node: 'node-1',
      timeNanos: 1,
      alert: null,
      process: null,
      target: null,
      flags: [],
    });
  });

  test('say what was lost, in all or so far', () => {
    expect(said.map(({ health }) => [health?.what, health?.lost])).toEqual([
      ['event-drop', 347_335],
      ['event-drop', 42],
      ['metrics', null],
      ['sensor-error', null],
      ['sensor-error', null],
      ['notice', null],
    ]);
    expect(said[2]?.health).toEqual({
      what: 'metrics',
      lost: null,
      lostTotals: new Map([
        ['scap.n_drops', 857_812],
        ['falco.outputs_queue_num_drops', 3],
      ]),
      since: 1_778_486_738_000_000,
      scope: null,
      version: '0.44.1',
      detail: 'Falco metrics snapshot',
    });
  });

  test('say it in one line', () => {
    expect(said[3]?.health?.detail).toBe(
      'Falco internal: timeouts notification. 1000 consecutive timeouts without event.',
    );
    const { health } = message('hot restart failure', { output: 'bad\nrules\u001B[2J' });
    expect(health?.detail).toBe('bad\\nrules\\x1b[2J');
  });

  test('of an unknown kind are notices', () => {
    expect(message('something new').health?.what).toBe('notice');
    expect(eventOf(alert({}, { source: 'internal' })).health?.what).toBe('notice');
  });
});

describe('the number of lost events', () => {
  test.each([
    [{ n_drops: '12' }, 12],
    [{ n_drops: 12 }, 12],
    [{ n_drops: 0 }, 0],
    [{ n_drops: -1 }, null],
    [{ n_drops: 'many' }, null],
    [{ n_drops: { value: 3 } }, null],
    [{}, null],
    [null, null],
    [[], null],
  ])('of %j is %j', (fields, lost) => {
    expect(drop(fields)?.lost).toBe(lost);
  });

  test('is read from the words where the counter is missing', () => {
    const output = 'Falco internal: syscall event drop. 7 system calls dropped in last second.';
    expect(drop({}, { output })?.lost).toBe(7);
    expect(drop({ n_drops: 8 }, { output })?.lost).toBe(8);
  });
});

test('totals that are no numbers are left out', () => {
  const { health } = message('metrics snapshot', {
    output_fields: {
      'scap.n_drops': '17',
      'falco.outputs_queue_num_drops': 'x',
      'scap.n_drops_prev': 5,
      'falco.version': 44,
      'falco.start_ts': 'soon',
    },
  });
  expect(health?.lostTotals).toEqual(new Map([['scap.n_drops', 17]]));
  expect(health).toMatchObject({ version: null, since: null });
});

test('a message whose time or rule is odd is kept, because it tells of a loss', () => {
  expect(message('syscall event drop', { time: 5 })).toMatchObject({
    kind: 'health',
    flags: ['no-time', 'wrong-type'],
  });
  expect(eventOf({ source: 'internal', rule: null, output: 'x' }).health?.what).toBe('notice');
});

test('two messages of one moment are two events', () => {
  const ids = ['metrics snapshot', 'timeouts notification'].map((what) => message(what).id);
  expect(new Set(ids).size).toBe(2);
});
