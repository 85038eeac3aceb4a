import { expect, test } from 'vitest';
import { FLAG } from '../../src/sensors/event-flags.ts';
import { orderTimes } from '../../src/sensors/order-time.ts';

const RECEIVED = 1_780_000_000_000_000;

test('an event is ordered by its own time', () => {
  const own = { micros: RECEIVED - 5, nanos: 7 };
  const times = { time: own.micros, timeNanos: 7, orderTime: own.micros, orderNanos: 7, flags: 0 };
  expect(orderTimes(own, RECEIVED, 'tetragon')).toEqual(times);
});

test('a Falco alert comes a tenth of a second later', () => {
  const own = { micros: RECEIVED - 5, nanos: 7 };
  const times = orderTimes(own, RECEIVED, 'falco');
  expect(times).toMatchObject({ time: own.micros, orderTime: own.micros + 100_000, orderNanos: 7 });
});

test('without a time the receipt counts', () => {
  const times = orderTimes(null, RECEIVED, 'falco');
  expect(times).toMatchObject({ time: RECEIVED, orderTime: RECEIVED, flags: FLAG.noTime });
});

test.each([
  [10_000_000, false],
  [10_000_001, true],
])('%i microseconds ahead of the receipt', (ahead, isSkewed) => {
  const own = { micros: RECEIVED + ahead, nanos: 3 };
  const times = orderTimes(own, RECEIVED, 'tetragon');
  expect(times.time).toBe(own.micros);
  expect(times.orderTime).toBe(isSkewed ? RECEIVED : own.micros);
  expect(times.flags).toBe(isSkewed ? FLAG.clockSkew : 0);
});
