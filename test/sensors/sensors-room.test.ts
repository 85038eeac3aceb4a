import { hash } from 'node:crypto';
import { deserialize, serialize } from 'node:v8';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Arrival } from '../../src/model/batch.ts';
import type { Origin } from '../../src/model/origin.ts';
import type { Part } from '../../src/model/part.ts';
import { createSensorsRoom, type SensorsRoom } from '../../src/sensors/sensors-room.ts';
import {
  alert,
  exec,
  FILE_ORIGIN,
  HTTP_ORIGIN,
  kprobe,
  RECEIVED_AT,
  records,
  verdictOf,
} from './samples.ts';

const newRoom = (): SensorsRoom => createSensorsRoom({ faults: new Set() });

const partOf = (origin: Origin, ...values: readonly (string | object)[]): Part => ({
  origin,
  receivedAt: RECEIVED_AT,
  records: records(...values),
});
const tick = (receivedAt: number): Part =>
  partOf({ kind: 'clock' }, { kind: 'tick', receivedAt, runStartedAt: 0 });

const outcomes = (arrivals: readonly Arrival[]): string[] =>
  arrivals.map((arrival) =>
    arrival.outcome === 'rejected' ? arrival.rejection.code : arrival.outcome,
  );

describe('records', () => {
  test('are counted over all parts', () => {
    const parts = [partOf(HTTP_ORIGIN, exec(), 'x'), tick(1), partOf(FILE_ORIGIN, kprobe())];
    const { arrivals } = newRoom().step({ sequence: 3, parts });
    expect(outcomes(arrivals)).toEqual(['accepted', 'not-json', 'control', 'accepted']);
    expect(arrivals[2]).toMatchObject({ journal: { sequence: 3, index: 2 } });
    expect(arrivals[3]).toMatchObject({
      event: { journal: { sequence: 3, index: 3 }, position: 0, carrier: 'file' },
    });
  });

  test('that come again are duplicates, until ticks forget them', () => {
    const room = newRoom();
    const step = (...parts: Part[]): string[] =>
      outcomes(room.step({ sequence: 1, parts }).arrivals);
    const again = { ...exec(), process_exec: { ...exec(), process: {} } };
    expect(step(partOf(HTTP_ORIGIN, exec(), exec(), again))).toEqual([
      'accepted',
      'duplicate',
      'accepted',
    ]);
    expect(step(tick(RECEIVED_AT), partOf(HTTP_ORIGIN, exec()))).toEqual(['control', 'duplicate']);
    const later = RECEIVED_AT + 15 * 60_000_000 + 1_000_000;
    expect(step(tick(later), partOf(HTTP_ORIGIN, exec()))).toEqual(['control', 'accepted']);
  });

  test.each([
    ['text over HTTP', 'Falco started', HTTP_ORIGIN, 'not-json'],
    ['text in a file', 'Falco started', FILE_ORIGIN, 'log-line'],
    ['a comment in a file', '// rule', FILE_ORIGIN, 'log-line'],
    ['a block comment in a file', ' /* rule */', FILE_ORIGIN, 'log-line'],
    ['a comment over HTTP', '// rule', HTTP_ORIGIN, 'invalid-json'],
    ['NUL bytes', '\0\0', FILE_ORIGIN, 'invalid-json'],
    ['UTF-16', Buffer.from('{"rule":"x"}', 'utf16le'), HTTP_ORIGIN, 'invalid-json'],
    ['a cut record', '{"process_exec":{', FILE_ORIGIN, 'invalid-json'],
    ['a number', '42', HTTP_ORIGIN, 'not-an-object'],
    ['a list', '[1]', HTTP_ORIGIN, 'not-an-object'],
    ['deep nesting', `{"rule":${'['.repeat(64)}${']'.repeat(64)}}`, HTTP_ORIGIN, 'too-deep'],
    ['brackets in a text', alert({ x: '[{'.repeat(500) }), HTTP_ORIGIN, 'accepted'],
    [
      'nesting that is just allowed',
      alert({ x: JSON.parse('['.repeat(62) + ']'.repeat(62)) as object }),
      HTTP_ORIGIN,
      'accepted',
    ],
    ['too many bytes', `{"a":"${'x'.repeat(1024 * 1024)}"}`, HTTP_ORIGIN, 'too-large'],
  ])('%s', (...[, record, origin, verdict]) => {
    expect(verdictOf(record, origin)).toBe(verdict);
  });
});

describe('controls', () => {
  const action = {
    kind: 'action',
    id: 'a-1',
    action: 'close',
    incidentId: 'i-1',
    actor: 'ann',
    via: 'api',
    verdict: 'false_positive',
    text: null,
    ifVersion: 2,
    at: RECEIVED_AT,
  };
  const pod = { kind: 'pod', cluster: 'default', pod: { uid: 'u' }, at: RECEIVED_AT };

  test.each([
    ['actions', action, 'control'],
    ['actions', { ...action, action: 'explode' }, 'invalid-action'],
    ['actions', { ...action, extra: 1 }, 'invalid-action'],
    ['actions', { ...action, ifVersion: '2' }, 'invalid-action'],
    ['actions', 'close it', 'invalid-action'],
    ['clock', { kind: 'tick', receivedAt: 5, runStartedAt: 1 }, 'control'],
    ['clock', { kind: 'tick', receivedAt: '5' }, 'invalid-shape'],
    ['clock', { kind: 'end' }, 'control'],
    ['clock', { kind: 'clock-reset', receivedAt: 5 }, 'control'],
    ['clock', action, 'invalid-shape'],
    [
      'rules',
      { kind: 'rules', hash: 'h', files: [{ path: 'a', text: 'x'.repeat(2 ** 21) }] },
      'control',
    ],
    ['rules', { kind: 'rule-disabled', ruleId: 'r', reason: 'x' }, 'control'],
    ['rules', {}, 'invalid-shape'],
    ['settings', { kind: 'settings', hash: 'h', settings: {} }, 'control'],
    ['settings', '{', 'invalid-json'],
  ] as const)('%s bring %j', (kind, record, verdict) => {
    const { arrivals } = newRoom().step({ sequence: 1, parts: [partOf({ kind }, record)] });
    expect(outcomes(arrivals)).toEqual([verdict]);
    if (arrivals[0]?.outcome === 'control') expect(arrivals[0].control).toEqual(record);
  });

  test('a pod of a dump', () => {
    const origin = { kind: 'kubernetes', source: 'dump', cluster: 'default' } as const;
    const { arrivals } = newRoom().step({
      sequence: 1,
      parts: [partOf(origin, pod, { kind: 'pod' })],
    });
    expect(outcomes(arrivals)).toEqual(['control', 'invalid-shape']);
  });
});

const sha256 = (record: object): string => hash('sha256', JSON.stringify(record), 'hex');

describe('faults', () => {
  const parts = [partOf(HTTP_ORIGIN, exec(), kprobe())];

  test('known at the start or named later are refused by their hash', () => {
    const room = createSensorsRoom({ faults: new Set([sha256(exec())]) });
    expect(outcomes(room.step({ sequence: 1, parts }).arrivals)).toEqual([
      'core-fault',
      'accepted',
    ]);
    room.refuse(sha256(kprobe()));
    expect(outcomes(room.step({ sequence: 2, parts }).arrivals)).toEqual([
      'core-fault',
      'core-fault',
    ]);
  });

  test('of a journal row are refused by their index', () => {
    const { arrivals } = newRoom().step({ sequence: 1, parts, faultIndexes: [1] });
    expect(outcomes(arrivals)).toEqual(['accepted', 'core-fault']);
  });
});

test('rows read again leave the seen ids alone', () => {
  const room = newRoom();
  const batch = { sequence: 1, parts: [partOf(HTTP_ORIGIN, exec(), exec())] };
  const first = room.step(batch);
  const before = room.snapshot();
  expect(room.reread(batch)).toEqual(first);
  expect(outcomes(room.reread(batch).arrivals)).toEqual(['duplicate', 'duplicate']);
  expect(room.snapshot()).toEqual(before);
  expect(outcomes(room.step(batch).arrivals)).toEqual(['duplicate', 'duplicate']);
});

/** Few enough events that copies are common. */
const value = fc.oneof(
  fc.integer({ min: 0, max: 15 }).map((pid) => exec({ exec_id: undefined, pid })),
  fc.constant(alert()),
  fc.constant('text'),
);

test('neither the cut of batches nor a restart changes an answer', () => {
  fc.assert(
    fc.property(fc.array(fc.array(value, { maxLength: 6 }), { maxLength: 8 }), (batches) => {
      const whole = newRoom().step({
        sequence: 1,
        parts: batches.map((values) => partOf(HTTP_ORIGIN, ...values)),
      });
      let room = newRoom();
      const pieces = batches.flatMap((values) => {
        const { arrivals } = room.step({ sequence: 1, parts: [partOf(HTTP_ORIGIN, ...values)] });
        const saved: unknown = deserialize(serialize(room.snapshot()));
        room = createSensorsRoom({ faults: new Set() });
        room.restore(saved);
        return outcomes(arrivals);
      });
      expect(pieces).toEqual(outcomes(whole.arrivals));
    }),
    { numRuns: 15 },
  );
});
