import { expect, test } from 'vitest';
import { ContainerMemos } from '../../src/enrich/container-memo.ts';
import { createEnrichRoom } from '../../src/enrich/enrich-room.ts';
import { LIMITS } from '../../src/config/limits.ts';
import {
  buildAlert,
  buildContainer,
  buildPod,
  enrichAll,
  enrichOne,
  podStep,
  T,
} from './enrich-builder.ts';

const CONTAINER = 'a'.repeat(64);
const SHORT = CONTAINER.slice(0, 12);

const podWith = (uid: string, name: string, containerId: string) =>
  buildPod(uid, { name, containers: [buildContainer(containerId, { image: null })] });

const alertIn = (id: string, image: string | null) =>
  buildAlert({}, { container: { id, name: 'main', image } });

test('what was looked up before a change of the catalogue is not believed after it', () => {
  const room = createEnrichRoom({ limits: LIMITS });
  enrichAll(room, [podStep(podWith('u0', 'other', 'b'.repeat(64)))]);
  expect(enrichOne(room, alertIn(SHORT, null)).pod.podUid).toBeNull();
  enrichAll(room, [podStep(podWith('u1', 'web', CONTAINER))]);
  expect(enrichOne(room, alertIn(SHORT, null)).pod).toMatchObject({ podUid: 'u1', podName: 'web' });
  enrichAll(room, [podStep(podWith('u2', 'db', CONTAINER), T + 1)]);
  expect(enrichOne(room, alertIn(SHORT, null)).pod.state).toBe('ambiguous');
});

test('events of one container share their pod, but not an image that another one named', () => {
  const room = createEnrichRoom({ limits: LIMITS });
  enrichAll(room, [podStep(podWith('u1', 'web', CONTAINER))]);
  const first = enrichOne(room, alertIn(SHORT, 'one')).pod;
  expect(enrichOne(room, alertIn(SHORT, 'one')).pod).toBe(first);
  expect(enrichOne(room, alertIn(SHORT, 'two')).pod.image).toBe('two');
  expect(enrichOne(room, alertIn(SHORT, null)).pod.image).toBeNull();
  expect(first.image).toBe('one');
});

test('memos of two clusters are kept apart, and forgetting them changes nothing', () => {
  const memos = new ContainerMemos();
  const one = memos.of('one', SHORT);
  expect(memos.of('two', SHORT).key).not.toBe(one.key);
  expect(memos.of('one', SHORT)).toBe(one);
  for (let index = 0; index < 20_000; index += 1) memos.of('two', `${index}`.padStart(12, '0'));
  expect(memos.of('one', SHORT)).toEqual(one);
});
