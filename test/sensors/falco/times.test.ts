import { describe, expect, test } from 'vitest';
import { alert, eventOf, RECEIVED_AT } from '../samples.ts';

const NANOS = '1780000000123456789';
const MICROS = 1_780_000_000_123_456;

/** An alert whose only time is one output field, written as it stands in the record. */
const timed = (key: string, value: string): string =>
  JSON.stringify(alert({ 'evt.time': undefined, [key]: 'HERE' }, { time: undefined })).replace(
    '"HERE"',
    value,
  );

test.each([
  ['2026-05-28T20:26:01Z', 0, 0],
  ['2026-05-28T20:26:01.5Z', 500_000, 0],
  ['2026-05-28T20:26:01.1234567Z', 123_456, 700],
  ['2026-05-28T20:26:01.123456789Z', 123_456, 789],
  ['2026-05-28T20:26:01.123456789+0000', 123_456, 789],
  ['2026-05-28T22:26:01.000000001+02:00', 0, 1],
])('the time %s is read to the nanosecond', (time, micros, nanos) => {
  expect(eventOf(alert({}, { time }))).toMatchObject({
    time: Date.UTC(2026, 4, 28, 20, 26, 1) * 1000 + micros,
    timeNanos: nanos,
    flags: [],
  });
});

describe('an alert without a readable time', () => {
  test.each([
    ['evt.time', NANOS],
    ['evt.time', `"${NANOS}"`],
    ['evt.time.iso8601', NANOS],
    ['evt.time.iso8601', '"2026-05-28T20:26:40.123456789+0000"'],
    ['evt.rawtime', NANOS],
    ['evt.datetime', NANOS],
    ['jevt.time.iso8601', '"2026-05-28T20:26:40.123456789Z"'],
    ['jevt.rawtime', `"${NANOS}"`],
  ])('has that of its field %s = %s, exactly', (key, value) => {
    const event = eventOf(timed(key, value));
    expect(event).toMatchObject({ time: MICROS, timeNanos: 789, flags: ['clock-skew'] });
  });

  test.each([
    ['evt.time', '1780000000123456'],
    ['evt.time', '1.780000000123456789e18'],
    ['evt.time', '"20:26:40.123456789"'],
    ['evt.time', '-1780000000123456789'],
    ['jevt.time', '"20:26:40.123456789"'],
    ['proc.pid.ts', NANOS],
  ])('takes none from %s = %s', (key, value) => {
    expect(eventOf(timed(key, value))).toMatchObject({ time: RECEIVED_AT, flags: ['no-time'] });
  });

  test.each(['0001-01-01T00:00:00Z', '', 'soon', '2021-04-13T20:58:00.746609046Z+2'])(
    'be it missing or %j',
    (time) => {
      const event = eventOf(
        JSON.stringify(alert({}, { time })).replace('1780000000000000000', NANOS),
      );
      expect(event).toMatchObject({ time: MICROS, timeNanos: 789 });
    },
  );

  test('inside the text of a carrier is read alike', () => {
    const inner = timed('evt.time', NANOS);
    const text = JSON.stringify({ log: inner });
    expect(text).toContain(`\\"evt.time\\":${NANOS}`);
    expect(eventOf(inner).time).toBe(MICROS);
  });

  test('is not fooled by a text that looks like the field', () => {
    const forged = timed('evt.time', NANOS).replace(
      'sh -c id',
      String.raw`\"evt.time\":1780000000123456790`,
    );
    // Both stand for the same number, so which of them is meant can not be told.
    expect(Number('1780000000123456790')).toBe(Number(NANOS));
    expect(eventOf(forged).flags).toContain('no-time');
    const other = timed('evt.time', NANOS).replace(
      'sh -c id',
      String.raw`\"evt.time\":1790000000123456790`,
    );
    expect(eventOf(other).time).toBe(MICROS);
  });
});

test('a number of nanoseconds never counts as the time where there is a text', () => {
  const event = eventOf(alert({ 'evt.time': 1 }));
  expect(event.time).toBe(Date.UTC(2026, 4, 28, 20, 26, 1) * 1000);
});
