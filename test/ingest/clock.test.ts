import { expect, test } from 'vitest';
import { createReceiptClock } from '../../src/ingest/clock.ts';

test('times of receipt never run backwards, also across a restart', () => {
  let wall = 100;
  const clock = createReceiptClock(() => wall);
  expect(clock.now()).toBe(100);
  wall = 40;
  expect(clock.now()).toBe(100);

  const restarted = createReceiptClock(() => wall);
  restarted.advanceTo(100);
  expect(restarted.now()).toBe(100);
});

test('a wall clock that jumped back shows by how much, until it is believed again', () => {
  let wall = 100;
  const clock = createReceiptClock(() => wall);
  clock.now();
  wall = 40;
  expect(clock.behind()).toBe(60);
  clock.reset();
  expect([clock.behind(), clock.now()]).toEqual([0, 40]);
});
