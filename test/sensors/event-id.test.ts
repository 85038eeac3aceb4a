import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  alert,
  eventOf,
  exec,
  exit,
  FILE_ORIGIN,
  HTTP_ORIGIN,
  kprobe,
  tetragonProcess,
} from './samples.ts';

type Json = Record<string, unknown>;

const isJson = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The same JSON with all keys in another order. */
function reorder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reorder);
  if (!isJson(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([key, member]) => [key, reorder(member)]),
  );
}

const samples: readonly (readonly [string, Json])[] = [
  ['exec', exec()],
  ['exit', exit()],
  ['kprobe', kprobe()],
  ['alert', alert()],
  ['exec without a time', exec({}, { time: undefined })],
  ['alert without a time', alert({}, { time: undefined })],
];

describe.each(samples)('the id of an %s', (_, sample) => {
  const { id } = eventOf(sample);

  test('has 32 hexadecimal digits', () => {
    expect(id).toMatch(/^[0-9a-f]{32}$/);
  });

  test('does not depend on the order of keys, on spacing or on the carrier', () => {
    expect(eventOf(reorder(sample) as Json).id).toBe(id);
    expect(eventOf(JSON.stringify(sample, null, 2)).id).toBe(id);
    expect(eventOf(sample, FILE_ORIGIN).id).toBe(id);
  });

  test('differs in another cluster', () => {
    expect(eventOf(sample, { ...HTTP_ORIGIN, cluster: 'other' }).id).not.toBe(id);
  });
});

describe('what never counts', () => {
  test.each([
    ['uuid', { uuid: 'c0ffee' }],
    ['output', { output: 'Other words' }],
    ['message', { message: 'Other words' }],
    ['tags', { tags: [] }],
    ['the source in other words', { source: 'syscalls' }],
    ['trailing zeros of the time', { time: '2026-05-28T20:26:01.0000002Z' }],
  ])('%s of an alert', (_, changes) => {
    expect(eventOf(alert({}, changes)).id).toBe(eventOf(alert()).id);
  });

  test.each([
    ['a rounded time', { 'evt.time': 1_780_000_000_000_000_256 }],
    ['a value that is missing', { 'fd.name': null, 'fd.sip': '<NA>', 'fd.cip': '' }],
  ])('%s among the output fields', (_, fields) => {
    expect(eventOf(alert(fields)).id).toBe(eventOf(alert()).id);
  });

  test.each([
    ['refcnt', { refcnt: 9 }],
    ['pod labels', { pod: { ...(tetragonProcess()['pod'] as Json), pod_labels: { a: 'b' } } }],
  ])('%s of a process', (_, process) => {
    expect(eventOf(exec(process)).id).toBe(eventOf(exec()).id);
  });

  test('refcnt of an event without a time', () => {
    const untimed = { time: undefined };
    expect(eventOf(exec({ refcnt: 9 }, untimed)).id).toBe(eventOf(exec({}, untimed)).id);
  });
});

describe('what counts', () => {
  test('each field of the lists', () => {
    const events = [
      ...samples.map(([, sample]) => sample),
      exec({}, { node_name: 'node-2' }),
      exec({}, { time: '2026-05-28T20:26:01.000000201Z' }),
      exec({ exec_id: 'other' }),
      exec({ exec_id: undefined }),
      exec({ exec_id: undefined, pid: 1 }),
      exec({ tid: 4243 }),
      exit({ signal: 'SIGTERM' }),
      exit({ status: 1 }),
      kprobe({ function_name: 'f' }),
      kprobe({ policy_name: 'p' }),
      kprobe({ action: 'KPROBE_ACTION_SIGKILL' }),
      kprobe({ args: [{ int_arg: 4 }] }),
      kprobe({ return: { int_arg: 1 } }),
      alert({}, { hostname: 'node-2' }),
      alert({}, { rule: 'Other' }),
      alert({ 'evt.res': 'EACCES' }),
      alert({ 'user.uid': '0' }),
      alert({}, { time: '2026-05-28T20:26:01.000000201Z' }),
      alert({ 'evt.res': 'EACCES' }, { time: undefined }),
    ];
    expect(new Set(events.map((event) => eventOf(event).id)).size).toBe(events.length);
  });

  test('text can not be shifted between fields', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.string(), (a, b, c) => {
        fc.pre(b !== '');
        const left = alert({ x: `${a}${b}`, y: c }, { hostname: 'n' });
        const right = alert({ x: a, y: `${b}${c}` }, { hostname: 'n' });
        expect(eventOf(left).id).not.toBe(eventOf(right).id);
      }),
      { numRuns: 100 },
    );
  });
});
