import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { offsetToNow, ownSecond, shiftTimes } from '../../src/cli/shift-times.ts';

const DAY = 86_400;

const TETRAGON =
  '{"process_exit":{"process":{"exec_id":"bm9kZToxMjM6NDU2","pid":7,"start_time":"2025-12-31T23:59:59.123456789Z",' +
  '"arguments":"--since 2020-01-01T00:00:00Z \\"2020-01-01T00:00:00Z\\""},"time":"2026-01-01T00:00:01.5Z"},' +
  '"node_name":"n1","time":"2026-01-01T00:00:02.000000001Z"}';

const FALCO =
  '{"hostname":"n1","output":"00:00:02.1: Notice x","output_fields":{"evt.time":1767225602000000123,' +
  '"evt.time.iso8601": 1767225602000000123,"proc.pid.ts":1767225601999999999,"proc.pid":42,' +
  '"user.time":1767225602000000123},"rule":"R","time":"2026-01-01T00:00:02.000000123Z"}';

describe('shifting times', () => {
  test('moves every time of a Tetragon event and keeps its fraction digits', () => {
    const shifted = shiftTimes(TETRAGON, DAY);
    expect(shifted).toContain('"start_time":"2026-01-01T23:59:59.123456789Z"');
    expect(shifted).toContain('"time":"2026-01-02T00:00:01.5Z"}');
    expect(shifted).toContain('"time":"2026-01-02T00:00:02.000000001Z"');
  });

  test('leaves identities and what merely looks like a time inside other text', () => {
    const shifted = shiftTimes(TETRAGON, DAY);
    expect(shifted).toContain('"exec_id":"bm9kZToxMjM6NDU2"');
    expect(shifted).toContain('--since 2020-01-01T00:00:00Z \\"2020-01-01T00:00:00Z\\"');
  });

  test('moves nanosecond fields of Falco without losing a digit, and no other number', () => {
    const shifted = shiftTimes(FALCO, 1);
    expect(shifted).toContain('"evt.time":1767225603000000123,');
    expect(shifted).toContain('"evt.time.iso8601": 1767225603000000123,');
    expect(shifted).toContain('"proc.pid.ts":1767225602999999999,');
    expect(shifted).toContain('"proc.pid":42,');
    expect(shifted).toContain('"user.time":1767225602000000123}');
    expect(shifted).toContain('"time":"2026-01-01T00:00:03.000000123Z"');
  });

  test('leaves the zero time, which means that nobody knows', () => {
    const unknown = '{"time":"0001-01-01T00:00:00Z"}';
    expect(shiftTimes(unknown, DAY)).toBe(unknown);
    expect(ownSecond(unknown)).toBeNull();
  });

  test('there and back again gives the same bytes', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(TETRAGON, FALCO),
        fc.integer({ min: -1e8, max: 1e8 }),
        (record, by) => {
          const moved = shiftTimes(record, by);
          expect(moved.length).toBe(record.length);
          expect(shiftTimes(moved, -by)).toBe(record);
          expect(ownSecond(moved)).toBe((ownSecond(record) ?? 0) + by);
        },
      ),
      { numRuns: 200 },
    );
  });

  test('the own time is the outer one', () => {
    expect(ownSecond(TETRAGON)).toBe(Date.UTC(2026, 0, 1, 0, 0, 2) / 1000);
    expect(ownSecond('{"rule":"no time"}')).toBeNull();
  });

  test('the newest event lands in the last full second, never in the future', () => {
    const newest = ownSecond(FALCO) ?? 0;
    const nowMicros = 1_800_000_000_300_000;
    const moved = shiftTimes(FALCO, offsetToNow(newest, nowMicros));
    const behind = nowMicros / 1e6 - (ownSecond(moved) ?? 0);
    expect(behind).toBeGreaterThanOrEqual(1);
    expect(behind).toBeLessThan(2);
  });
});
