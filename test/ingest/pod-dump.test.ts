import { describe, expect, test } from 'vitest';
import { trimPodDump } from '../../src/ingest/pod-dump.ts';

const OPTIONS = { cluster: 'prod', at: 1_800_000_000_000_000 };
const ID = 'ab'.repeat(32);

const POD = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name: 'cart-1',
    namespace: 'shop',
    uid: 'uid-1',
    creationTimestamp: '2026-03-01T10:00:10Z',
    deletionTimestamp: '2026-03-01T11:00:00Z',
    labels: { app: 'cart' },
    annotations: { 'kubectl.kubernetes.io/last-applied-configuration': 'SECRET-1' },
    ownerReferences: [
      { kind: 'Other', name: 'no' },
      { kind: 'ReplicaSet', name: 'cart', controller: true },
    ],
  },
  spec: {
    nodeName: 'node-1',
    serviceAccountName: 'cart-sa',
    containers: [
      {
        name: 'main',
        image: 'r/cart:1',
        args: ['--token=SECRET-2'],
        env: [{ name: 'PASSWORD', value: 'SECRET-3' }],
      },
      { name: 'waiting', image: 'r/w:1' },
    ],
    initContainers: [
      { name: 'setup', image: 'r/setup:1' },
      { name: 'proxy', image: 'r/proxy:1', restartPolicy: 'Always' },
    ],
    ephemeralContainers: [{ name: 'debug', image: 'busybox' }],
  },
  status: {
    podIP: '10.0.0.1',
    podIPs: [{ ip: '10.0.0.1' }, { ip: 'fd00::1' }],
    containerStatuses: [
      {
        name: 'main',
        containerID: `containerd://${ID.toUpperCase()}`,
        state: { running: { startedAt: '2026-03-01T10:00:16Z' } },
        lastState: { terminated: { containerID: `containerd://${'cd'.repeat(32)}` } },
      },
      { name: 'waiting', state: { waiting: { reason: 'ContainerCreating' } } },
    ],
    initContainerStatuses: [
      {
        name: 'setup',
        containerID: `cri-o://${'1'.repeat(64)}`,
        state: {
          terminated: { startedAt: '2026-03-01T10:00:11Z', finishedAt: '2026-03-01T10:00:15Z' },
        },
      },
      { name: 'proxy', containerID: `docker://${'2'.repeat(64)}`, state: { running: {} } },
    ],
    ephemeralContainerStatuses: [{ name: 'debug', containerID: 'containerd://nonsense' }],
  },
};
const LIST = { apiVersion: 'v1', kind: 'List', items: [POD] };
const uidsOf = (dump: string | object) =>
  trimPodDump(dump, OPTIONS).changes.map(({ pod }) => pod.uid);
const problemsOf = (dump: string | object) => trimPodDump(dump, OPTIONS).problems;
const micros = (text: string) => Date.parse(text) * 1000;

describe('what is kept', () => {
  test('what tells a pod and its containers from others', () => {
    const { changes, problems } = trimPodDump(LIST, OPTIONS);
    expect(problems).toEqual([]);
    expect(changes).toMatchObject([
      {
        kind: 'pod',
        cluster: 'prod',
        at: OPTIONS.at,
        pod: {
          uid: 'uid-1',
          namespace: 'shop',
          name: 'cart-1',
          node: 'node-1',
          createdAt: micros('2026-03-01T10:00:10Z'),
          deletedAt: micros('2026-03-01T11:00:00Z'),
          ownerKind: 'ReplicaSet',
          ownerName: 'cart',
          serviceAccount: 'cart-sa',
          ips: ['10.0.0.1', 'fd00::1'],
        },
      },
    ]);
    expect({ ...changes[0]?.pod.labels }).toEqual({ app: 'cart' });
    expect(changes[0]?.pod.containers).toEqual([
      {
        name: 'main',
        kind: 'main',
        id: ID,
        image: 'r/cart:1',
        startedAt: micros('2026-03-01T10:00:16Z'),
        finishedAt: null,
        previousId: 'cd'.repeat(32),
      },
      expect.objectContaining({ name: 'waiting', kind: 'main', id: null }),
      expect.objectContaining({
        name: 'setup',
        kind: 'init',
        id: '1'.repeat(64),
        startedAt: micros('2026-03-01T10:00:11Z'),
        finishedAt: micros('2026-03-01T10:00:15Z'),
      }),
      expect.objectContaining({ name: 'proxy', kind: 'sidecar', id: '2'.repeat(64) }),
      expect.objectContaining({ name: 'debug', kind: 'ephemeral', id: null }),
    ]);
  });

  test('no environment, argument or annotation', () => {
    expect(JSON.stringify(trimPodDump(LIST, OPTIONS))).not.toContain('SECRET');
  });

  test('a label called __proto__ is only a label', () => {
    const labels = JSON.parse('{"__proto__": "x"}') as object;
    const { changes } = trimPodDump({ ...POD, metadata: { ...POD.metadata, labels } }, OPTIONS);
    expect(Object.entries(changes[0]?.pod.labels ?? {})).toEqual([['__proto__', 'x']]);
  });
});

describe('forms of a dump', () => {
  const text = JSON.stringify(POD);

  test('List, array, one pod, JSON lines; other kinds are passed over', () => {
    const other = { kind: 'Service', metadata: { name: 's' } };
    expect(uidsOf(JSON.stringify(LIST, null, 2))).toEqual(['uid-1']);
    expect(uidsOf(JSON.stringify([other, POD]))).toEqual(['uid-1']);
    expect(uidsOf(`\uFEFF${text}`)).toEqual(['uid-1']);
    expect(uidsOf(`${text}\r\n\n${JSON.stringify(other)}\n${text}\n`)).toEqual(['uid-1', 'uid-1']);
    expect(uidsOf({ kind: 'List', items: [other, LIST] })).toEqual(['uid-1']);
    const { kind: _kind, ...bare } = POD;
    expect(uidsOf({ kind: 'PodList', items: [bare] })).toEqual(['uid-1']);
  });

  test('what is wrong is said, with the fix', () => {
    expect(problemsOf('')).toEqual([
      'The pod dump is empty; expected the output of `kubectl get pods -A -o json`.',
    ]);
    expect(problemsOf('NAMESPACE  NAME  READY\nshop  cart-1  1/1')[0]).toContain('table');
    expect(problemsOf('apiVersion: v1\nitems:\n- a')[0]).toContain('YAML');
    expect(problemsOf(text.slice(0, 200))[0]).toContain('not JSON');
    expect(problemsOf('42')[0]).toContain('a number');
    expect(problemsOf({ kind: 'List', items: [] })[0]).toContain('No pods');
    expect(problemsOf({ kind: 'Status', message: 'Forbidden' })[0]).toContain('Forbidden');
    const manifest = { ...POD, metadata: { ...POD.metadata, uid: undefined } };
    expect(problemsOf(manifest)).toEqual([
      'Item 1: pod shop/cart-1 has no metadata.uid; a manifest is not a dump.',
    ]);
  });

  test('a cut line costs only itself, and many problems are cut short', () => {
    const cut = trimPodDump(`${text}\n${text.slice(0, 50)}\n${text}`, OPTIONS);
    expect(cut.changes).toHaveLength(2);
    expect(cut.problems).toEqual(['Line 2 is not JSON, or was cut.']);
    const many = Array.from({ length: 50 }, () => ({ kind: 'Pod' }));
    expect(problemsOf(many)).toHaveLength(21);
  });
});
