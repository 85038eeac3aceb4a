import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatTime, formatTimeOrNull, parseTime } from '../../src/lib/format-time.ts';

test('time is written in UTC with six digits', () => {
  expect(formatTime(1_779_999_961_123_456)).toBe('2026-05-28T20:26:01.123456Z');
  expect(formatTime(0)).toBe('1970-01-01T00:00:00.000000Z');
  expect(formatTime(-1)).toBe('1969-12-31T23:59:59.999999Z');
  expect(formatTimeOrNull(null)).toBeNull();
});

test('what is written is read back', () => {
  const range = { min: -2_000_000_000_000_000, max: 8_000_000_000_000_000 };
  fc.assert(
    fc.property(fc.integer(range), (time) => {
      expect(parseTime(formatTime(time))).toBe(time);
    }),
  );
});

test('written times sort as the times do', () => {
  fc.assert(
    fc.property(fc.nat(4_000_000_000), fc.nat(4_000_000_000), (left, right) => {
      expect(formatTime(left * 1_000_003) < formatTime(right * 1_000_003)).toBe(left < right);
    }),
  );
});

describe('reading', () => {
  test.each([
    ['2026-05-28T20:26:01Z', 1_779_999_961_000_000],
    ['2026-05-28T20:26:01.1Z', 1_779_999_961_100_000],
    ['2026-05-28T20:26:01.123456789Z', 1_779_999_961_123_456],
    ['2026-05-28T22:26:01+02:00', 1_779_999_961_000_000],
    ['2026-05-28t15:56:01-04:30', 1_779_999_961_000_000],
    ['2024-02-29T00:00:00Z', 1_709_164_800_000_000],
  ])('takes %s', (text, expected) => {
    expect(parseTime(text)).toBe(expected);
  });

  test.each([
    '',
    'now',
    '2026-05-28',
    '2026-05-28T20:26:01',
    '2026-02-30T00:00:00Z',
    '2025-02-29T00:00:00Z',
    '2026-13-01T00:00:00Z',
    '2026-05-28T24:00:00Z',
    '2026-05-28T20:60:01Z',
    '2026-05-28T20:26:61Z',
    '2026-05-28T20:26:01+25:00',
    '2026-05-28T20:26:01.1234567890Z',
    '2026-05-28T20:26:01Z\u0000',
  ])('refuses %j', (text) => {
    expect(parseTime(text)).toBeNull();
  });
});
