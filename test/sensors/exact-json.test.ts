import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { holdsRoundedInteger, parseExactly } from '../../src/sensors/exact-json.ts';
import { arrivals, eventOf, kprobe } from './samples.ts';

describe('parsing exactly', () => {
  test.each([
    ['9007199254740991', 9_007_199_254_740_991],
    ['9007199254740992', '9007199254740992'],
    ['-9007199254740993', '-9007199254740993'],
    ['18446744073709551615', '18446744073709551615'],
    ['1.5', 1.5],
    ['1e30', 1e30],
    ['"18446744073709551615"', '18446744073709551615'],
    ['{"a":[9007199254740993]}', { a: ['9007199254740993'] }],
    ['{"a":', undefined],
  ])('%s', (json, value) => {
    expect(parseExactly(json)).toEqual(value);
  });

  test('gives what JSON.parse gives, where that rounds nothing', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const parsed: unknown = JSON.parse(JSON.stringify(value));
        fc.pre(!holdsRoundedInteger(parsed));
        expect(parseExactly(JSON.stringify(value))).toEqual(parsed);
      }),
      { numRuns: 200 },
    );
  });

  test('no integer is lost', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }), (value) => {
        const [read] = parseExactly(`[${String(value)}]`) as [string | number];
        expect(BigInt(read)).toBe(value);
      }),
    );
  });
});

/** A kprobe whose argument another encoder wrote as a bare number. */
const bare = (digits: string): string =>
  JSON.stringify(kprobe({ args: [{ size_arg: 0 }] })).replace(
    '"size_arg":0',
    `"size_arg":${digits}`,
  );
const NEIGHBORS = ['18446744073709551614', '18446744073709551615'] as const;

/** The same as Tetragon itself writes it. */
const quoted = (digits: string) => eventOf(kprobe({ args: [{ size_arg: digits }] }));

describe('a 64-bit argument', () => {
  test.each([...NEIGHBORS, '9007199254740993', '-9223372036854775807', '627'])(
    '%s reads the same, bare or as text',
    (digits) => {
      const { hook, flags } = eventOf(bare(digits));
      expect(hook).toEqual(quoted(digits).hook);
      expect(flags).toEqual([]);
    },
  );

  test('beyond 2^53 gives the event an id of its own', () => {
    const ids = [...NEIGHBORS, '9007199254740992', '9007199254740993'].map((digits) => {
      const { id } = eventOf(bare(digits));
      expect(id).toBe(quoted(digits).id);
      return id;
    });
    expect(new Set(ids).size).toBe(4);
  });

  test.each([
    ['in an envelope', (event: string) => `{"time":1,"log":${JSON.stringify(event)}}`],
    ['in an object of its carrier', (event: string) => `{"message":${event}}`],
    ['with a prefix', (event: string) => `2026-05-28T20:26:01.000000000Z stdout F ${event}`],
    ['with a time of its carrier', (event: string) => `[1780000000.5,${event}]`],
  ])('is exact %s', (_, wrap) => {
    const events = arrivals(NEIGHBORS.map((digits) => wrap(bare(digits))));
    const values = events.map((arrival) =>
      arrival.outcome === 'accepted' ? arrival.event.hook?.arguments[0]?.value : arrival.outcome,
    );
    expect(values).toEqual(NEIGHBORS);
  });

  test('is exact in an event without a time, too', () => {
    const untimed = NEIGHBORS.map((digits) => bare(digits).replace('"time":', '"at":'));
    const [first, second] = untimed.map((event) => eventOf(event));
    expect(first?.flags).toEqual(['no-time']);
    expect(first?.id).not.toBe(second?.id);
  });
});
