import { describe, expect, test } from 'vitest';
import type { SecurityEvent } from '../../../src/model/security-event.ts';
import { readRequestPath } from '../../../src/lib/falco/request-path.ts';
import { alert, eventOf } from '../samples.ts';
import { eventsOf } from './stream-samples.ts';

const entry = (source: string | undefined, fields: Record<string, unknown>): SecurityEvent =>
  eventOf({
    rule: 'A rule',
    priority: 'Notice',
    source,
    time: '2026-05-28T20:26:01Z',
    hostname: 'node-1',
    output_fields: fields,
  });

const NOTHING = {
  namespace: null,
  resource: null,
  name: null,
  podName: null,
  user: null,
  account: null,
  verb: null,
};

describe('an entry of the Kubernetes audit log', () => {
  const audited = eventsOf('k8s-audit');

  test('has a target: what was done to what, and by whom', () => {
    const pod = { kind: 'kubernetes', namespace: 'shop', user: 'alice', account: null };
    const web = { ...pod, name: 'web-7c9d5-x2k4p', podName: 'web-7c9d5-x2k4p' };
    const robot = 'system:serviceaccount:kube-system:replicaset-controller';
    expect(audited.map(({ target }) => target)).toEqual([
      { ...pod, resource: 'rolebindings', name: 'reader', podName: null, verb: 'create' },
      { ...pod, ...NOTHING, namespace: 'shop', resource: 'pods', user: robot },
      { ...web, resource: 'pods/exec', verb: 'create' },
      { ...web, resource: 'pods/attach', verb: 'create' },
      { ...web, resource: 'pods/portforward', verb: 'create' },
      { ...web, resource: 'pods/ephemeralcontainers', verb: 'patch' },
      {
        ...NOTHING,
        kind: 'kubernetes',
        resource: 'clusterrolebindings',
        name: 'owner',
        user: 'alice',
        verb: 'create',
      },
      { ...pod, resource: 'pods', name: 'miner-5x9', podName: 'miner-5x9', verb: 'create' },
    ]);
  });

  test('happened in the pod it acted on, never on the node that read the log', () => {
    const [, , exec] = audited;
    expect(exec).toMatchObject({
      node: 'node-1',
      container: null,
      onHost: false,
      process: null,
      pod: { namespace: 'shop', name: 'web-7c9d5-x2k4p', uid: null },
    });
    expect(audited[0]?.pod).toBeNull();
  });

  test.each([
    ['without a source', undefined],
    ['with the source falcosidekick fills in', 'syscalls'],
    ['with its source', 'k8s_audit'],
  ])('%s is told by its fields', (_, source) => {
    const read = entry(source, { 'ka.verb': 'get', 'ka.user.name': 'bob' });
    expect(read.alert?.source).toBe('k8s_audit');
    expect(read.target).toEqual({ ...NOTHING, kind: 'kubernetes', user: 'bob', verb: 'get' });
    expect(read.id).toBe(entry('k8s_audit', { 'ka.verb': 'get', 'ka.user.name': 'bob' }).id);
  });
});

test.each([
  ['/api/v1/namespaces/shop/pods/web-1/exec?command=id&a=/x', ['shop', 'pods', 'web-1', 'exec']],
  ['/apis/apps/v1/namespaces/shop/deployments', ['shop', 'deployments', '', '']],
  ['/api/v1/namespaces/shop', ['shop', 'namespaces', 'shop', '']],
  ['/api/v1/namespaces/shop/finalize', ['shop', 'namespaces', 'shop', 'finalize']],
  ['/apis/rbac.authorization.k8s.io/v1/clusterroles/x', ['', 'clusterroles', 'x', '']],
  ['/api/v1/nodes/node-1/proxy/stats', ['', 'nodes', 'node-1', 'proxy']],
  ['/healthz', ['', '', '', '']],
  ['', ['', '', '', '']],
  ['//', ['', '', '', '']],
])('the path %s', (uri, parts) => {
  const { namespace, resource, name, subresource } = readRequestPath(uri);
  expect([namespace, resource, name, subresource]).toEqual(parts);
});

test('entries of clouds and services say who did what to what', () => {
  const [login, bucket] = eventsOf('aws-cloudtrail');
  const cloud = { ...NOTHING, kind: 'cloud' };
  expect(login?.target).toEqual({
    ...cloud,
    resource: 'signin',
    user: 'root',
    account: '123456789012',
    verb: 'ConsoleLogin',
  });
  expect(bucket?.target).toEqual({
    ...cloud,
    resource: 's3.amazonaws.com',
    name: 'shop-invoices',
    user: 'arn:aws:sts::123456789012:assumed-role/deploy/ci',
    account: '123456789012',
    verb: 'DeleteBucketEncryption',
  });
  expect(eventsOf('gcp-auditlog')[0]?.target).toEqual({
    ...cloud,
    resource: 'storage.googleapis.com',
    name: 'shop-invoices',
    user: 'bob@shop.example',
    account: 'shop-prod',
    verb: 'storage.setIamPermissions',
  });
  expect(eventsOf('okta')[0]?.target).toEqual({
    ...NOTHING,
    kind: 'other',
    resource: 'github',
    name: 'dave@shop.example',
    user: 'carol@shop.example',
    verb: 'user.account.lock',
  });
  expect(eventsOf('github')[0]?.target).toEqual({
    ...NOTHING,
    kind: 'other',
    resource: 'repository',
    name: 'https://github.example/shop/web',
    user: 'erin',
    account: 'shop',
    verb: 'publicized',
  });
});

test('an unknown plugin has a target of which nothing is known, unless it names a workload', () => {
  const [kafka, collector, program] = eventsOf('other-plugins');
  expect(kafka).toMatchObject({
    alert: { source: 'kafka' },
    target: { ...NOTHING, kind: 'other' },
  });
  expect(collector?.target).toEqual({ ...NOTHING, kind: 'other' });
  expect(program).toMatchObject({
    alert: { source: 'krsi' },
    target: null,
    node: 'node-1',
    container: { id: '4f1c0a9d7be2' },
    process: { pid: 6001 },
  });
});

test('an alert on system calls has no target, whatever fields operators add', () => {
  expect(eventOf(alert({ 'ka.user.name': 'x', 'ct.user': 'y' })).target).toBeNull();
  expect(eventOf(alert({}, { source: 'syscalls' })).target).toBeNull();
  expect(eventOf(alert({}, { source: undefined })).target).toBeNull();
});

test('fields of a wrong type cost that part of the target only', () => {
  const read = entry('k8s_audit', {
    'ka.target.name': { a: 1 },
    'ka.target.namespace': ['shop'],
    'ka.target.resource': 7,
    'ka.user.name': 'alice',
    'ka.verb': '<NA>',
  });
  expect(read.flags).toEqual(['wrong-type']);
  expect(read.target).toEqual({ ...NOTHING, kind: 'kubernetes', user: 'alice' });
});
