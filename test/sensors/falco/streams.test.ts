import { Ajv } from 'ajv';
import { describe, expect, test } from 'vitest';
import falcoAlert from '../../../schemas/falco-alert.json' with { type: 'json' };
import falcoHealth from '../../../schemas/falco-health.json' with { type: 'json' };
import { eventsOf, recordsOf, streamNames } from './stream-samples.ts';

const ajv = new Ajv({ allowUnionTypes: true });
const isAlert = ajv.compile(falcoAlert);
const isHealth = ajv.compile(falcoHealth);

test('there is a sample of every source, internal message and style of version', () => {
  expect(streamNames()).toEqual([
    'aws-cloudtrail',
    'falcosidekick',
    'gcp-auditlog',
    'github',
    'internal',
    'k8s-audit',
    'okta',
    'other-plugins',
    'syscall-0.37',
    'syscall-0.39',
    'syscall-0.3x',
    'syscall-0.41',
    'syscall-0.44',
  ]);
});

describe.each(streamNames())('%s', (name) => {
  const events = eventsOf(name);

  test('is accepted as what it is', () => {
    const kind = name === 'internal' ? 'health' : 'alert';
    expect(new Set(events.map((event) => event.kind))).toEqual(new Set([kind]));
    expect(events.flatMap(({ flags }) => flags).filter((flag) => flag !== 'truncated')).toEqual(
      name === 'syscall-0.41' ? ['no-fields'] : [],
    );
    expect(new Set(events.map(({ id }) => id)).size).toBe(events.length);
  });

  test('fits the published schema', () => {
    const fits = name === 'internal' ? isHealth : isAlert;
    for (const bytes of recordsOf(name)) {
      expect(fits(JSON.parse(Buffer.from(bytes).toString()))).toBe(true);
    }
  });
});

describe('the style of a version', () => {
  test('0.3x: without host, source and tags', () => {
    const [shell, file] = eventsOf('syscall-0.3x');
    expect(shell).toMatchObject({
      node: '',
      container: { id: '4f1c0a9d7be2', image: 'registry.example/web' },
      pod: { namespace: 'shop', name: 'web-7c9d5-x2k4p' },
      process: { commandLine: 'sh -c id', loginUid: null, user: 'root' },
      parent: { commandLine: 'runc' },
      alert: { source: 'syscall', tags: [] },
    });
    expect(file).toMatchObject({ file: '/bin/hack', process: { user: null }, container: null });
  });

  test('0.37: fields last, with spaces; the node may be called like a pod', () => {
    const [shell, connection] = eventsOf('syscall-0.37');
    expect(shell).toMatchObject({ node: 'node-1', process: { binary: '/bin/dash', uid: 0 } });
    expect(connection).toMatchObject({
      node: 'falco-xczjd',
      network: { protocol: 'tcp', destinationIp: '10.96.0.1', destinationPort: 443 },
    });
    expect(connection?.alert?.fields.get('k8smeta.svc.name')).toEqual(['web', 'web-canary']);
  });

  test('0.39: append_output makes the process exact, and an ancestor the parent', () => {
    const [read] = eventsOf('syscall-0.39');
    expect(read).toMatchObject({
      file: '/etc/shadow',
      process: { pid: 4242, containerPid: 17 },
      parent: { pid: 4200, binary: '/bin/dash', commandLine: 'sh -c ./run.sh' },
    });
  });

  test('0.41: fields may be turned off; the alert stays', () => {
    const [dropped, bare] = eventsOf('syscall-0.41');
    expect(dropped).toMatchObject({ process: { binary: '/tmp/dropped' }, timeNanos: 0 });
    expect(bare).toMatchObject({
      flags: ['no-fields'],
      node: 'node-1',
      container: null,
      alert: { rule: 'PTRACE anti-debug attempt', priority: 'warning' },
    });
  });

  test('0.44: full ids, the pod by its UID, the host, and the sandbox of a pod', () => {
    const [shell, host, sandbox, tool] = eventsOf('syscall-0.44');
    expect(shell).toMatchObject({
      container: { id: '4f1c0a9d7be25a63c18e0f42d97b6a1538cc04e2f7719bd35e60a8c41b7f0000' },
      pod: { uid: '6a6f0c1e-0000-4000-8000-00000000000a' },
      process: { pid: 5242, containerPid: 23, startTime: 1_778_486_405_999_000 },
      parent: { pid: 5200, binary: '/usr/bin/web' },
    });
    expect(host).toMatchObject({ container: null, onHost: true, pod: null, file: '/var/log/wtmp' });
    expect(sandbox).toMatchObject({
      container: { id: '9d2f0b7c6a51', name: null, image: null },
      pod: { namespace: 'shop', name: 'web-7c9d5-x2k4p' },
    });
    // The short id of Falco's own container is no node; the field it adds names it.
    expect(tool).toMatchObject({
      node: 'node-1',
      process: { binary: 'memfd:program' },
      network: { sourceIp: '10.1.0.9', destinationIp: '203.0.113.7', destinationPort: 4444 },
    });
  });

  test('falcosidekick: plural source, cut zeros, cut texts, keys without brackets', () => {
    const [shell, cut, trial] = eventsOf('falcosidekick');
    expect(shell).toMatchObject({ alert: { source: 'syscall' }, flags: [], timeNanos: 0 });
    expect(cut?.flags).toEqual(['truncated']);
    expect(cut?.alert?.fields.get('proc.aname_2_')).toBe('web');
    expect(trial).toMatchObject({ alert: { source: 'debug', rule: 'Test rule' }, timeNanos: 700 });
  });
});
