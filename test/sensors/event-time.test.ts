import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { TimeReader } from '../../src/sensors/event-time.ts';

const read = (text: unknown): [number, number] | null => {
  const reader = new TimeReader();
  return reader.read(text) ? [reader.micros, reader.nanos] : null;
};
const BASE = Date.UTC(2026, 4, 28, 20, 26, 1) * 1000;

test.each([
  ['2026-05-28T20:26:01Z', [BASE, 0]],
  ['2026-05-28T20:26:01.5Z', [BASE + 500_000, 0]],
  ['2026-05-28T20:26:01.123456789Z', [BASE + 123_456, 789]],
  ['2026-05-28T20:26:01.1234567Z', [BASE + 123_456, 700]],
  ['2026-05-28T20:26:01.1234567891234Z', [BASE + 123_456, 789]],
  ['2026-05-28T20:26:01.000000001+0000', [BASE, 1]],
  ['2026-05-28T22:26:01+02:00', [BASE, 0]],
  ['2026-05-28T15:56:01-0430', [BASE, 0]],
  ['2026-05-28 20:26:01z', [BASE, 0]],
  ['1970-01-01T00:00:00Z', [0, 0]],
])('%s', (text, expected) => {
  expect(read(text)).toEqual(expected);
});

test.each([
  ['0001-01-01T00:00:00Z'],
  ['2026-02-30T00:00:00Z'],
  ['2026-13-01T00:00:00Z'],
  ['2026-05-28T24:00:00Z'],
  ['2026-05-28T20:26:61Z'],
  ['2026-05-28T20:26:01'],
  ['2026-05-28T20:26:01ZZ'],
  ['2026-05-28T20:26:0xZ'],
  ['20:26:01.146296064'],
  ['9999-01-01T00:00:00Z'],
  ['1969-12-31T23:59:59Z'],
  [''],
  [1_780_000_000_000],
  [null],
])('%s is no time', (text) => {
  expect(read(text)).toBeNull();
});

test('one reader reads like fresh ones, whatever it read before', () => {
  const reader = new TimeReader();
  const times = fc.date({ min: new Date(0), max: new Date('2200-01-01'), noInvalidDate: true });
  fc.assert(
    fc.property(fc.array(times), (dates) => {
      for (const date of dates) {
        expect(reader.read(date.toISOString())).toBe(true);
        expect(reader.micros).toBe(date.getTime() * 1000);
      }
    }),
  );
});
