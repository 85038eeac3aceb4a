import { expect, test } from 'vitest';
import { createIntake } from '../../src/ingest/intake.ts';
import type { Delivery } from '../../src/ingest/delivery.ts';
import type { Part } from '../../src/model/part.ts';

const part: Part = {
  origin: { kind: 'clock' },
  receivedAt: 1,
  records: [{ bytes: new Uint8Array(3), position: 0 }],
};

test('a full intake lets the next one in when a place is released', async () => {
  const intake = createIntake(10);
  const first = await intake.admit(8, 50);
  const waiting = intake.admit(8, 1000);
  expect(intake.bytes).toBe(8);
  first?.release();
  expect(await waiting).not.toBeNull();
  expect(intake.bytes).toBe(8);
});

test('a wait that is too long ends with null and leaves nothing behind', async () => {
  const intake = createIntake(10);
  const first = await intake.admit(10, 1);
  expect(await intake.admit(1, 5)).toBeNull();
  first?.release();
  first?.release();
  expect(intake.bytes).toBe(0);
});

test('one larger than the whole intake passes when it is alone', async () => {
  const intake = createIntake(10);
  expect(await intake.admit(11, 1)).not.toBeNull();
});

test('waiting places are given in the order they were asked for', async () => {
  const intake = createIntake(10);
  const first = await intake.admit(10, 1);
  const order: string[] = [];
  const large = intake.admit(9, 1000).then((place) => order.push('large') && place);
  const small = intake.admit(1, 1000).then(() => order.push('small'));
  first?.release();
  await Promise.all([large, small]);
  expect(order).toEqual(['large', 'small']);
});

test('a paused intake admits nothing but still takes what is delivered', async () => {
  const intake = createIntake(10);
  const deliveries: Delivery[] = [];
  intake.deliveries$.subscribe((delivery) => deliveries.push(delivery));
  intake.pause(true);
  expect(await intake.admit(1, 5)).toBeNull();
  const outcome = intake.deliver([part]);
  deliveries[0]?.settle({ arrivals: [], receipts: [] });
  expect(await outcome).toEqual({ arrivals: [], receipts: [] });
  expect(deliveries[0]?.bytes).toBe(3);
});

test('a closed intake refuses waiters and deliveries', async () => {
  const intake = createIntake(10);
  await intake.admit(10, 1);
  const waiting = intake.admit(1, 60_000);
  intake.close();
  expect(await waiting).toBeNull();
  await expect(intake.deliver([part])).rejects.toThrow('stopping');
});
