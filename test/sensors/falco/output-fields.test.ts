import { expect, test } from 'vitest';
import type { FieldValue } from '../../../src/model/security-event.ts';
import { takeFields } from '../../../src/sensors/falco/field-shape.ts';
import { readOutputFields } from '../../../src/sensors/falco/output-fields.ts';
import { FieldReader } from '../../../src/sensors/field-reader.ts';

const read = (raw: object): ReadonlyMap<string, FieldValue> =>
  readOutputFields(takeFields(raw as Record<string, unknown>), new FieldReader());

test('output fields are a map like any other', () => {
  const fields = read({ b: 1, a: 'x', none: '<NA>', 7: ['y'] });
  const like = new Map<string, FieldValue>([
    ['7', ['y']],
    ['b', 1],
    ['a', 'x'],
    ['none', null],
  ]);
  expect([...fields]).toEqual([...like]);
  expect([...fields.keys()]).toEqual([...like.keys()]);
  expect([...fields.values()]).toEqual([...like.values()]);
  expect(fields.size).toBe(like.size);
  expect([fields.get('a'), fields.get('none'), fields.get('c')]).toEqual(['x', null, undefined]);
  expect([fields.has('none'), fields.has('c'), fields.has('toString')]).toEqual([
    true,
    false,
    false,
  ]);
  const visited: unknown[] = [];
  // oxlint-disable-next-line unicorn/no-array-for-each -- the method itself is tested.
  fields.forEach((value, key) => visited.push([key, value]));
  expect(visited).toEqual([...like]);
});

test('alerts with the same names of fields keep their own values', () => {
  const [first, second] = [read({ a: 1, b: 2 }), read({ a: 3, b: 4 })];
  expect([first.get('a'), second.get('b')]).toEqual([1, 4]);
});
