import { describe, expect, test } from 'vitest';
import { ExactIntegers, mayBeRounded } from '../../../src/sensors/falco/exact-integers.ts';
import { alert, eventOf } from '../samples.ts';

/** An alert with a field written as it stands in the record. */
const withField = (key: string, value: string): string =>
  JSON.stringify(alert({ [key]: 'HERE' })).replace('"HERE"', value);

const idOf = (key: string, value: string): string => eventOf(withField(key, value)).id;

describe('a number beyond 2^53', () => {
  test('is exact in the id, although it is rounded as a number', () => {
    expect(Number('9007199254740993')).toBe(Number('9007199254740992'));
    const ids = ['9007199254740992', '9007199254740993', '-9007199254740993'].map((value) =>
      idOf('kafka.offset', value),
    );
    expect(new Set(ids).size).toBe(3);
  });

  test('does not split an event in two by its spacing or its place', () => {
    const plain = withField('kafka.offset', '18446744073709551615');
    const spaced = plain.replace('"kafka.offset":', '"kafka.offset" :  ');
    const { output_fields: fields, ...rest } = JSON.parse(plain) as Record<string, unknown>;
    const moved = JSON.stringify({ output_fields: fields, ...rest }).replace(
      String(Number('18446744073709551615')),
      '18446744073709551615',
    );
    expect(eventOf(spaced).id).toBe(eventOf(plain).id);
    expect(eventOf(moved).id).toBe(eventOf(plain).id);
  });

  test.each([
    'evt.time',
    'evt.time.iso8601',
    'evt.rawtime',
    'evt.rawtime.ns',
    'evt.datetime',
    'jevt.time',
    'proc.pid.ts',
    'proc.ppid.ts',
    'proc.duration',
    'proc.ppid.duration',
    'container.start_ts',
    'proc.exe_ino.ctime',
    'proc.exe_ino.mtime',
    'proc.exe_ino.ctime_duration_proc_start',
    'falco.start_ts',
  ])('of the time %s does not count', (key) => {
    expect(idOf(key, '1780000000123456789')).toBe(idOf(key, '1780000000123456800'));
  });

  test('that has a name with quotes counts as it was rounded', () => {
    expect(idOf('a"b', '9007199254740993')).toBe(idOf('a"b', '9007199254740992'));
    expect(idOf('a"b', '9007199254740993')).not.toBe(idOf('a"b', '9007199254740996'));
  });
});

test.each([
  [9_007_199_254_740_991, false],
  [9_007_199_254_740_992, true],
  [-9_007_199_254_740_992, true],
  [1e300, true],
  [0.5, false],
  ['9007199254740993', false],
  [null, false],
])('may %j be rounded: %j', (value, expected) => {
  expect(mayBeRounded(value)).toBe(expected);
});

const digits = (text: string, key: string, value: number): string | null =>
  new ExactIntegers(Buffer.from(text)).textOf(key, value);

describe('digits of a member', () => {
  const LARGE = Number('9007199254740993');

  test.each([
    ['{"a":9007199254740993}', '9007199254740993'],
    [String.raw`{"log":"{\"a\": 9007199254740993}"}`, '9007199254740993'],
    ['{"a":9007199254740993.5}', null],
    ['{"a":90071992547409930}', null],
    ['{"a":[9007199254740993]}', null],
    ['{"b":9007199254740993}', null],
    ['{"a":9007199254740993,"c":{"a":9007199254740992}}', null],
    ['{"a":9007199254740993,"c":{"a":9007199254740993}}', '9007199254740993'],
    ['{"a":9007199254740993,"c":{"a":1234567890123456789}}', '9007199254740993'],
  ])('in %s', (text, expected) => {
    expect(digits(text, 'a', LARGE)).toBe(expected);
  });

  test('are found in time, however long the record is', () => {
    const hostile = `{"${'\\"a'.repeat(50_000)}":${'9'.repeat(200_000)}${'"'.repeat(100_000)}}`;
    const begin = process.hrtime.bigint();
    expect(digits(hostile, 'a', LARGE)).toBeNull();
    expect(Number(process.hrtime.bigint() - begin) / 1e6).toBeLessThan(2000);
  });
});
