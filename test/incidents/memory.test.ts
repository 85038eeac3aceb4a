import { describe, expect, test } from 'vitest';
import { newGenerations, recall, remember } from '../../src/incidents/generations.ts';
import { newQueue, sweepWhenLong, takeOldest } from '../../src/incidents/queue.ts';
import {
  action,
  control,
  correlation,
  finding,
  newRoom,
  on,
  only,
  process,
  restarted,
  run,
} from './fold.ts';

const HOUR = 60;

describe('compaction', () => {
  test('drops the sets of what is long past, and keeps what is shown', () => {
    const room = newRoom();
    const old = finding('old', { pod: 'old', process: process('/bin/sh'), tactics: ['execution'] });
    const opened = only(run(room, on([old])));
    run(room, on([finding('n1', { at: 26 * HOUR })]));
    expect(room.status()).toMatchObject({ inMemory: 2, compacted: 1 });
    const raised = run(restarted(room), control(action('start', opened.id)));
    expect(only(raised)).toEqual({ ...opened, state: 'investigating', version: 2 });
  });

  test('keeps what may still grow', () => {
    const room = newRoom();
    run(room, on([finding('old', { pod: 'old' })]));
    run(room, on([finding('n1', { at: 24 * HOUR })]));
    expect(room.status().compacted).toBe(0);
  });

  test('a very late finding still joins, and the one that opened it is still no news', () => {
    const room = newRoom();
    const { id } = only(run(room, on([finding('old', { pod: 'old' })])));
    run(room, on([finding('n1', { at: 30 * HOUR })]));
    const late = finding('late', { at: 5, pod: 'old', late: true, process: process('/bin/nc') });
    expect(only(run(room, on([late])))).toMatchObject({ id, findingCount: 2 });
    const correlated = run(room, on([], [correlation('c', [finding('old', { pod: 'old' })])]));
    expect(only(correlated)).toMatchObject({ id, findingCount: 3 });
  });
});

const opener = (number: number) =>
  on([finding(`f${number}`, { at: number, pod: `pod-${number}` })]);

describe('the limit of incidents in memory', () => {
  test('closed ones are archived first, then the oldest', () => {
    const room = newRoom({}, { incidentsInMemoryMax: 3 });
    const ids = [0, 1, 2].map((number) => only(run(room, opener(number))).id);
    run(room, control(action('close', ids[1] ?? '', { verdict: 'test' })));
    run(room, opener(3), opener(4));
    const acts = ids.map((id) => control(action('note', id, { text: 'x' })));
    const { receipts } = run(room, ...acts);
    expect(receipts.map((receipt) => receipt.status)).toEqual(['not-found', 'not-found', 'done']);
    expect(receipts[0]?.detail).toContain('archived');
    expect(room.status()).toMatchObject({ inMemory: 3, archived: 2 });
  });

  test('a reopened one is not archived as closed', () => {
    const room = newRoom({}, { incidentsInMemoryMax: 2 });
    const ids = [0, 1].map((number) => only(run(room, opener(number))).id);
    const second = ids[1] ?? '';
    run(
      room,
      control(action('close', second, { verdict: 'test' })),
      control(action('reopen', second)),
    );
    run(room, opener(2));
    const { receipts } = run(room, ...ids.map((id) => control(action('note', id))));
    expect(receipts.map((receipt) => receipt.status)).toEqual(['not-found', 'done']);
  });

  test('an archived incident is not opened again by a copy of its first finding', () => {
    const room = newRoom({}, { incidentsInMemoryMax: 1 });
    run(room, opener(0), opener(1));
    expect(run(room, opener(0)).incidents).toEqual([]);
    expect(room.status().findingCopies).toBe(1);
  });

  test('the entity of an archived incident starts afresh, without a link to it', () => {
    const room = newRoom({}, { incidentsInMemoryMax: 1 });
    run(room, opener(0), opener(1));
    const next = only(run(room, on([finding('again', { at: 2, pod: 'pod-0' })])));
    expect(next.links).toEqual([]);
  });
});

describe('bounded memories', () => {
  test('generations know at least the newest keys and at most twice as many', () => {
    const memory = newGenerations(10);
    for (let key = 0; key < 100; key += 1) remember(memory, `${key}`, 'x');
    const known = Array.from({ length: 100 }, (_, key) => recall(memory, `${key}`)).filter(Boolean);
    expect(known.length).toBeGreaterThanOrEqual(10);
    expect(known.length).toBeLessThanOrEqual(20);
    expect(recall(memory, '90')).toBe('x');
  });

  test('a queue gives back in order, and sweeps what is stale or repeated', () => {
    const queue = newQueue();
    for (let item = 0; item < 3_000; item += 1) queue.items.push(`${item}`);
    for (let item = 0; item < 2_900; item += 1) expect(takeOldest(queue)).toBe(`${item}`);
    expect(queue.items.length).toBeLessThan(3_000);
    queue.items.push('2999', 'x');
    sweepWhenLong(queue, 100, (item) => item !== 'x');
    expect(queue).toMatchObject({ head: 0 });
    expect(queue.items).toHaveLength(100);
    sweepWhenLong(queue, 100, () => false);
    expect(queue.items).toHaveLength(100);
    expect(takeOldest(newQueue())).toBeNull();
  });
});
