import { describe, expect, test } from 'vitest';
import { LIMITS } from '../../src/config/limits.ts';
import { createEnrichRoom } from '../../src/enrich/enrich-room.ts';
import type { Step } from '../../src/model/batch.ts';
import type { SecurityEvent } from '../../src/model/security-event.ts';
import { buildEvent, SECOND } from '../order/event-builder.ts';
import {
  buildAlert,
  buildContainer,
  buildPod,
  controlStep,
  enrichAll,
  enrichOne,
  podStep,
  ref,
  sensorPod,
  T,
} from './enrich-builder.ts';

const newRoom = (...steps: readonly Step[]) => {
  const room = createEnrichRoom({ limits: LIMITS });
  enrichAll(room, steps);
  return room;
};
const MAIN = 'a'.repeat(64);
const eventIn = (changes: Partial<SecurityEvent>) => buildEvent({ id: 'e', time: T, ...changes });

const workloadOf = (ownerKind: string | null, ownerName: string | null) => {
  const room = newRoom(podStep(buildPod('u', { ownerKind, ownerName })));
  const { pod } = enrichOne(room, eventIn({ container: ref(MAIN) }));
  return `${pod.workloadKind} ${pod.workload}`;
};

describe('by the catalogue', () => {
  test('container id: any length from 12 digits, with the workload people know', () => {
    const room = newRoom(podStep(buildPod('uid-1')));
    for (const digits of [12, 24, 31, 64]) {
      const { pod } = enrichOne(room, eventIn({ container: ref(MAIN.slice(0, digits)) }));
      expect(pod).toEqual({
        state: 'resolved',
        method: 'container-id',
        confidence: 'exact',
        podUid: 'uid-1',
        namespace: 'shop',
        podName: 'cart-7d9f-abcde',
        workload: 'cart',
        workloadKind: 'Deployment',
        serviceAccount: 'cart',
        containerId: MAIN,
        containerName: 'main',
        containerKind: 'main',
        image: 'registry/app:1',
        labels: { app: 'cart', 'pod-template-hash': '7d9f' },
      });
    }
  });

  test('init, sidecar, ephemeral and previous containers', () => {
    const containers = [
      buildContainer('b'.repeat(64), { name: 'setup', kind: 'init' }),
      buildContainer('c'.repeat(64), { name: 'proxy', kind: 'sidecar' }),
      buildContainer('d'.repeat(64), { name: 'debug', kind: 'ephemeral' }),
      buildContainer(MAIN, { previousId: 'e'.repeat(64) }),
    ];
    const room = newRoom(podStep(buildPod('uid-1', { containers })));
    const kinds = ['b', 'c', 'd', 'a', 'e'].map((digit) => {
      const { pod } = enrichOne(room, eventIn({ container: ref(digit.repeat(12)) }));
      return `${pod.containerName} ${pod.containerKind}`;
    });
    expect(kinds).toEqual([
      'setup init',
      'proxy sidecar',
      'debug ephemeral',
      'main main',
      'main main',
    ]);
  });

  test('a newer version keeps the containers the older one told of', () => {
    const next = buildPod('uid-1', { containers: [buildContainer('f'.repeat(64))], labels: {} });
    const room = newRoom(podStep(buildPod('uid-1')), podStep(next, T + SECOND));
    const old = enrichOne(room, eventIn({ container: ref(MAIN.slice(0, 12)) })).pod;
    expect(old).toMatchObject({ podUid: 'uid-1', containerId: MAIN, labels: {} });
    const stale = newRoom(podStep(next, T + SECOND), podStep(buildPod('uid-1')));
    expect(enrichOne(stale, eventIn({ container: ref(MAIN) })).pod.labels).toEqual({});
  });

  test('two containers with the same 12 digits: more digits, UID, node or time decide', () => {
    const shared = 'abcdefabcdef';
    const one = buildContainer(`${shared}${'1'.repeat(52)}`, { finishedAt: T - 60 * SECOND });
    const two = buildContainer(`${shared}${'2'.repeat(52)}`, { startedAt: T - 50 * SECOND });
    const room = newRoom(
      podStep(buildPod('uid-1', { name: 'x', containers: [one] })),
      podStep(buildPod('uid-2', { name: 'y', containers: [two] })),
    );
    const uidOf = (changes: Partial<SecurityEvent>) => {
      const { pod } = enrichOne(room, eventIn({ container: ref(shared), ...changes }));
      return pod.podUid ?? pod.state;
    };
    expect(uidOf({})).toBe('uid-2');
    expect(uidOf({ time: T - 90 * SECOND })).toBe('uid-1');
    expect(uidOf({ time: T - 55 * SECOND })).toBe('ambiguous');
    expect(uidOf({ container: ref(`${shared}1`) })).toBe('uid-1');
    expect(uidOf({ time: T - 90 * SECOND, pod: sensorPod('y', 'uid-2') })).toBe('ambiguous');
  });

  test('two containers of one pod that can not be told apart are still one pod', () => {
    const containers = ['1', '2'].map((digit) => buildContainer(`abcdefabcdef${digit}`));
    const room = newRoom(podStep(buildPod('uid-1', { containers })));
    const { pod } = enrichOne(room, eventIn({ container: ref('abcdefabcdef') }));
    expect(pod).toMatchObject({ podUid: 'uid-1', confidence: 'strong', containerKind: null });
  });

  test('UID when the container is new; its kind by the name the sensor gives', () => {
    const room = newRoom(podStep(buildPod('uid-1')));
    const container = ref('9'.repeat(31), 'main');
    const said = sensorPod('cart-7d9f-abcde', 'uid-1');
    expect(enrichOne(room, eventIn({ container, pod: said })).pod).toMatchObject({
      method: 'pod-uid',
      confidence: 'exact',
      containerId: '9'.repeat(31),
      containerKind: 'main',
      serviceAccount: 'cart',
    });
  });

  test('name at that time: sure if no other pod can have it', () => {
    const room = newRoom(podStep(buildPod('uid-1')));
    const said = sensorPod('cart-7d9f-abcde');
    expect(enrichOne(room, eventIn({ pod: said })).pod).toMatchObject({
      podUid: 'uid-1',
      method: 'name',
      confidence: 'strong',
    });
    const before = enrichOne(room, eventIn({ pod: said, time: T - 3700 * SECOND })).pod;
    expect(before).toMatchObject({ podUid: null, method: 'sensor' });
  });

  test('a name used again: the pod of that time, also for a late event', () => {
    const owner = { name: 'db-0', ownerKind: 'StatefulSet', ownerName: 'db', containers: [] };
    const first = { ...owner, createdAt: T - 900 * SECOND, deletedAt: T - 500 * SECOND };
    const second = { ...owner, createdAt: T - 400 * SECOND };
    const room = newRoom(podStep(buildPod('uid-1', first)), podStep(buildPod('uid-2', second)));
    const uidAt = (seconds: number) => {
      const event = eventIn({ pod: sensorPod('db-0'), time: T + seconds * SECOND });
      const { pod } = enrichOne(room, event, seconds < 0);
      return `${pod.podUid} ${pod.confidence}`;
    };
    expect([-1000, -600, -450, -300, 100].map(uidAt)).toEqual([
      'null weak',
      'uid-1 strong',
      'null weak',
      'uid-2 strong',
      'uid-2 weak',
    ]);
    const unknown = eventIn({ pod: sensorPod('db-0'), container: ref('9'.repeat(12)) });
    expect(enrichOne(room, unknown).pod).toMatchObject({ podUid: null, podName: 'db-0' });
  });

  test('a pod deleted more than an hour ago is forgotten, a younger one is not', () => {
    const room = newRoom(
      podStep(buildPod('old', { deletedAt: T + 60 * SECOND })),
      podStep(buildPod('new', { name: 'n', deletedAt: T + 3500 * SECOND, containers: [] })),
    );
    enrichOne(room, eventIn({}));
    enrichOne(room, eventIn({ orderTime: T + 3500 * SECOND }));
    expect(enrichOne(room, eventIn({ container: ref(MAIN) })).pod.podUid).toBe('old');
    enrichOne(room, eventIn({ orderTime: T + 4200 * SECOND }));
    expect(enrichOne(room, eventIn({ container: ref(MAIN) })).pod.state).toBe('unresolved');
    expect(enrichOne(room, eventIn({ pod: sensorPod('n', 'new') })).pod.method).toBe('pod-uid');
  });

  test('a pod whose name a later one took is forgotten an hour after, deleted or not', () => {
    const owner = { name: 'db-0', ownerKind: 'StatefulSet', ownerName: 'db' };
    const later = { ...owner, createdAt: T + 60 * SECOND, containers: [] };
    const room = newRoom(podStep(buildPod('old', owner)), podStep(buildPod('new', later)));
    enrichOne(room, eventIn({}));
    enrichOne(room, eventIn({ orderTime: T + 3600 * SECOND }));
    expect(enrichOne(room, eventIn({ container: ref(MAIN) })).pod.podUid).toBe('old');
    enrichOne(room, eventIn({ orderTime: T + 4300 * SECOND }));
    expect(enrichOne(room, eventIn({ container: ref(MAIN) })).pod.state).toBe('unresolved');
  });

  test('a run known as the previous one keeps the times an older version gave', () => {
    const shared = 'abcdefabcdef';
    const ran = buildContainer(`${shared}1`, { startedAt: T - 90 * SECOND });
    const next = buildContainer('9'.repeat(64), { previousId: `${shared}1`, startedAt: T });
    const other = buildContainer(`${shared}2`, { finishedAt: T - 100 * SECOND });
    const room = newRoom(
      podStep(buildPod('uid-1', { containers: [ran] }), T - 10 * SECOND),
      podStep(buildPod('uid-1', { containers: [next] }), T + 10 * SECOND),
      podStep(buildPod('uid-2', { name: 'y', containers: [other] })),
    );
    const at = (seconds: number) =>
      enrichOne(room, eventIn({ container: ref(shared), time: T + seconds * SECOND })).pod.podUid;
    expect([-110, -50, 5].map(at)).toEqual(['uid-2', 'uid-1', null]);
  });

  test('clusters do not mix', () => {
    const room = newRoom(podStep(buildPod('uid-1')));
    const { pod } = enrichOne(room, eventIn({ container: ref(MAIN), cluster: 'other' }));
    expect(pod.state).toBe('unresolved');
  });

  test('workloads by the words people use', () => {
    expect(workloadOf('ReplicaSet', 'cart-7d9f')).toBe('Deployment cart');
    expect(workloadOf('ReplicaSet', 'cart-plain')).toBe('ReplicaSet cart-plain');
    expect(workloadOf('Job', 'report-29012345')).toBe('CronJob report');
    expect(workloadOf('Job', 'migrate-2')).toBe('Job migrate-2');
    expect(workloadOf(null, null)).toBe('Pod cart-7d9f-abcde');
  });
});

describe('by the sensors', () => {
  const container = ref('b'.repeat(31), 'web');
  const short = ref('b'.repeat(12));

  test('a Falco alert with a container id only gets the pod Tetragon told of', () => {
    const room = newRoom();
    const told = eventIn({ container, pod: sensorPod('web-1', 'uid-9', 'web') });
    const tetragon = enrichOne(room, told).pod;
    const falco = enrichOne(room, buildAlert({}, { container: short })).pod;
    expect(tetragon).toMatchObject({ method: 'sensor', podUid: 'uid-9', workload: 'web' });
    expect(falco).toEqual(tetragon);
  });

  test('a name without a UID gets the UID another event gave', () => {
    const room = newRoom();
    enrichOne(room, eventIn({ container, pod: sensorPod('web-1', 'uid-9', 'web') }));
    const other = buildAlert({}, { container: ref('c'.repeat(12)), pod: sensorPod('web-1') });
    expect(enrichOne(room, other).pod).toMatchObject({ podUid: 'uid-9', method: 'sensor' });
    const bare = buildAlert({}, { pod: sensorPod('web-1') });
    expect(enrichOne(room, bare).pod).toMatchObject({ podUid: 'uid-9', containerId: null });
  });

  test('a name that may be used again lends its UID only near the time it was seen', () => {
    const room = newRoom();
    enrichOne(room, eventIn({ container, pod: sensorPod('db-0', 'uid-9') }));
    const at = (time: number) =>
      enrichOne(room, buildAlert({}, { pod: sensorPod('db-0'), time })).pod.podUid;
    expect([T - 60 * SECOND, T + SECOND, T + 3600 * SECOND].map(at)).toEqual([null, 'uid-9', null]);
  });

  test('a late event does not bring back the UID an older pod of that name had', () => {
    const room = newRoom();
    enrichOne(room, eventIn({ container, pod: sensorPod('web-1', 'new', 'web') }));
    const late = { time: T - 60 * SECOND, pod: sensorPod('web-1', 'older', 'web') };
    enrichOne(room, eventIn({ ...late, container: ref('d'.repeat(31)) }), true);
    expect(enrichOne(room, buildAlert({}, { pod: sensorPod('web-1') })).pod.podUid).toBe('new');
  });

  test('known by name only: no UID', () => {
    const room = newRoom();
    const alert = buildAlert({}, { container: short, pod: sensorPod('web-1') });
    expect(enrichOne(room, alert).pod).toMatchObject({
      state: 'resolved',
      method: 'sensor',
      confidence: 'weak',
      podUid: null,
      podName: 'web-1',
      containerId: 'b'.repeat(12),
    });
    expect(enrichOne(room, buildAlert({}, { container: short })).pod.podName).toBe('web-1');
  });

  test('what sensors taught finds the pod in the catalogue too', () => {
    const room = newRoom(podStep(buildPod('uid-1')));
    enrichOne(room, eventIn({ container, pod: sensorPod('cart-7d9f-abcde', 'uid-1') }));
    expect(enrichOne(room, buildAlert({}, { container: short })).pod).toMatchObject({
      method: 'pod-uid',
      confidence: 'strong',
      serviceAccount: 'cart',
    });
  });

  test('two containers that share 12 digits: 12 digits are not enough', () => {
    const room = newRoom();
    const one = ref(`${'b'.repeat(12)}${'1'.repeat(19)}`);
    const two = ref(`${'b'.repeat(12)}${'2'.repeat(19)}`);
    enrichOne(room, eventIn({ container: one, pod: sensorPod('p1', 'uid-1') }));
    enrichOne(room, eventIn({ container: two, pod: sensorPod('p2', 'uid-2') }));
    expect(enrichOne(room, buildAlert({}, { container: short })).pod.state).toBe('ambiguous');
    expect(enrichOne(room, eventIn({ container: two })).pod.podUid).toBe('uid-2');
  });

  test('host, a plain container and nothing at all', () => {
    const room = newRoom();
    expect(enrichOne(room, eventIn({ onHost: true })).pod.state).toBe('host');
    expect(enrichOne(room, eventIn({})).pod).toMatchObject({ state: 'unresolved', method: 'none' });
    expect(enrichOne(room, eventIn({ container })).pod).toMatchObject({
      state: 'unresolved',
      containerId: 'b'.repeat(31),
      containerName: 'web',
    });
  });

  test('controls have no enrichment', () => {
    const room = newRoom();
    expect(enrichAll(room, [controlStep({ kind: 'end' })]).enrichments).toEqual([null]);
  });
});

describe('a sensor that contradicts what was learned of a container', () => {
  const container = ref(MAIN.slice(0, 12));
  const said = (name: string) =>
    eventIn({ id: `said-${name}`, sensor: 'falco', container, pod: sensorPod(name) });

  test('another name for the pod of a container is ambiguous; no name and the same name are not', () => {
    const room = newRoom();
    expect(enrichOne(room, said('web')).pod).toMatchObject({ state: 'resolved', podName: 'web' });
    expect(enrichOne(room, said('other')).pod).toMatchObject({
      state: 'ambiguous',
      podUid: null,
      podName: null,
      containerId: container.id,
    });
    expect(enrichOne(room, said('web')).pod.podName).toBe('web');
    expect(enrichOne(room, eventIn({ container })).pod.podName).toBe('web');
  });

  test('a pod of the catalogue whose name was only said is not taken for it either', () => {
    const other = buildPod('uid-2', { name: 'other', containers: [] });
    const room = newRoom(podStep(other));
    enrichOne(room, said('web'));
    expect(enrichOne(room, said('other')).pod.state).toBe('ambiguous');
  });

  test('the catalogue, where it knows the container, decides between two names', () => {
    const room = newRoom(podStep(buildPod('uid-1')));
    enrichOne(room, said('web'));
    expect(enrichOne(room, said('other')).pod).toMatchObject({
      state: 'resolved',
      podUid: 'uid-1',
    });
  });
});
