import { describe, expect, test } from 'vitest';
import {
  arrivals,
  CONTAINER_ID,
  eventOf,
  exec,
  exit,
  kprobe,
  RECEIVED_AT,
  tetragonProcess,
  verdictOf,
} from './samples.ts';

const TIME = Date.UTC(2026, 4, 28, 20, 26, 1) * 1_000_000;
const MICROS = TIME / 1000;

/** The pod of the samples with another container. */
const podWith = (container: unknown): object => ({ namespace: 'shop', name: 'cart-1', container });

describe('an exec', () => {
  const event = eventOf(exec());

  test('says when and where', () => {
    expect(event).toMatchObject({
      sensor: 'tetragon',
      kind: 'exec',
      time: MICROS,
      timeNanos: 200,
      orderTime: MICROS,
      node: 'node-1',
      lane: ['http', '', 'tetragon', 'default', 'node-1'].join('\0'),
      onHost: false,
      flags: [],
      journal: { sequence: 7, index: 0 },
      bytes: JSON.stringify(exec()).length,
    });
    expect(event.container).toEqual({
      id: CONTAINER_ID,
      name: 'cart',
      image: 'registry.example/cart:1.2',
    });
    expect(event.pod).toEqual({
      namespace: 'shop',
      name: 'cart-7d9c5',
      uid: '6a6f0c1e-0000-4000-8000-000000000001',
      workload: 'cart',
      workloadKind: 'Deployment',
    });
  });

  test('says which process', () => {
    expect(event.process).toEqual({
      execId: 'bm9kZS0xOjEyMzQ1Njc4OTo0MjQy',
      parentExecId: 'bm9kZS0xOjEyMzQ1MDAwMDo0MjAw',
      pid: 4242,
      containerPid: 17,
      binary: '/usr/bin/curl',
      arguments: '-s http://203.0.113.7/x',
      commandLine: '/usr/bin/curl -s http://203.0.113.7/x',
      cwd: '/srv',
      uid: 0,
      user: null,
      loginUid: null,
      startTime: Date.UTC(2026, 4, 28, 20, 26, 0, 900) * 1000,
      flags: 'execve clone',
    });
    expect(event.parent).toMatchObject({ pid: 4200, binary: '/bin/sh', loginUid: null });
  });

  test('of a process that ran before the sensor is baseline, its later calls are not', () => {
    const old = { flags: 'procFS auid' };
    expect(eventOf(exec(old)).flags).toEqual(['baseline']);
    expect(eventOf(kprobe({ process: tetragonProcess(old) })).flags).toEqual([]);
  });

  test('with cut arguments says so', () => {
    expect(eventOf(exec({ flags: 'execve truncArgs' })).flags).toEqual(['truncated']);
  });
});

describe('where it happened', () => {
  const bare = { pod: undefined, docker: undefined };

  test.each([
    ['31 digits of docker', { pod: undefined, docker: 'AB'.repeat(15) }, 'ab'.repeat(15)],
    ['24 digits of docker', { pod: undefined, docker: 'ab'.repeat(12) }, 'ab'.repeat(12)],
    ['a pod without container id', { pod: podWith({}), docker: 'abcdef' }, 'abcdef'],
    ['cri-o', { pod: podWith({ id: `cri-o://${CONTAINER_ID}` }) }, CONTAINER_ID],
    ['no scheme', { pod: podWith({ id: CONTAINER_ID }) }, CONTAINER_ID],
  ])('%s', (_, process, id) => {
    expect(eventOf(exec(process)).container?.id).toBe(id);
  });

  test('neither pod nor container is the host, if the node is known', () => {
    expect(eventOf(exec(bare))).toMatchObject({ container: null, pod: null, onHost: true });
    expect(eventOf(exec(bare, { node_name: undefined })).onHost).toBe(false);
  });

  test('a process that Tetragon knows nothing of is not claimed for the host', () => {
    expect(eventOf(exec({ ...bare, flags: 'unknown' })).onHost).toBe(false);
    expect(eventOf(exec({ ...bare, binary: undefined })).onHost).toBe(false);
  });
});

describe('odd and old forms', () => {
  test.each([[42], ['42'], [{ value: 42 }], [{ value: '42' }]])('pid %j', (pid) => {
    const event = eventOf(exec({ pid }));
    expect([event.process?.pid, event.flags]).toEqual([42, []]);
  });

  test.each([
    ['no parent', undefined, null],
    ['an empty parent', {}, null],
    ['a parent that is its own', { exec_id: 'x', parent_exec_id: 'x' }, 'x'],
  ])('%s', (_, parent, execId) => {
    const event = eventOf({ ...exec(), process_exec: { process: tetragonProcess(), parent } });
    expect(event.parent?.execId ?? null).toBe(execId);
  });

  test('spaced JSON, as some builds write it', () => {
    const spaced = JSON.stringify(exec()).replaceAll(',"', ', "');
    expect(eventOf(spaced)).toMatchObject({ ...eventOf(exec()), bytes: spaced.length });
  });

  test.each([
    ['its own time', exit({ time: '2026-05-28T20:26:05Z' }), MICROS, []],
    [
      'the time of the exit',
      exit({ time: '2026-05-28T20:26:05Z' }, { time: undefined }),
      MICROS + 4e6,
      [],
    ],
    ['the start of the process', exec({}, { time: '' }), MICROS - 100_000, []],
    ['the receipt', kprobe({}, { time: '0001-01-01T00:00:00Z' }), RECEIVED_AT, ['no-time']],
  ])('is timed by %s', (...[, sample, time, flags]) => {
    expect(eventOf(sample)).toMatchObject({ time, orderTime: time, flags });
  });

  test.each([
    ['uid', { uid: 'root' }, (event: ReturnType<typeof eventOf>) => event.process?.uid],
    ['cwd', { cwd: ['/'] }, (event: ReturnType<typeof eventOf>) => event.process?.cwd || null],
    ['pod', { pod: 'cart' }, (event: ReturnType<typeof eventOf>) => event.pod],
    [
      'pod name',
      { pod: { namespace: 'a', name: {} } },
      (event: ReturnType<typeof eventOf>) => event.pod,
    ],
  ])('a wrong type of %s costs the field only', (_, process, read) => {
    const event = eventOf(exec(process));
    expect(read(event)).toBeNull();
    expect(event.flags).toEqual(['wrong-type']);
  });

  test('attackers may choose the names of labels', () => {
    const pod = '{"namespace":"a","name":"b","pod_labels":{"__proto__":"x","constructor":"y"}}';
    const text = JSON.stringify(exec({ pod: 0 })).replace('"pod":0', `"pod":${pod}`);
    expect(eventOf(text).pod?.name).toBe('b');
    expect(({} as Record<string, unknown>)['x']).toBeUndefined();
  });
});

describe('a kprobe', () => {
  test('says what was called', () => {
    const event = eventOf(kprobe());
    expect(event).toMatchObject({ kind: 'kprobe', file: '/etc/shadow', network: null });
    expect(event.hook).toEqual({
      functionName: 'security_file_permission',
      policyName: 'file-monitoring',
      action: 'KPROBE_ACTION_POST',
      returnAction: null,
      message: null,
      tags: [],
      returnValue: '0',
      arguments: [
        { type: 'file', label: null, value: '/etc/shadow' },
        { type: 'int', label: null, value: '4' },
      ],
      data: [],
      path: null,
      offset: null,
      imaHash: null,
      buildId: null,
    });
  });

  test.each([
    ['string', { string_arg: 'proc', label: 'fs' }, 'proc'],
    ['size', { size_arg: '627' }, '627'],
    ['long', { long_arg: '-1' }, '-1'],
    ['path', { path_arg: { path: '/a', mount: '/' } }, '/a'],
    ['linux_binprm', { linux_binprm_arg: { path: '/bin/su' } }, '/bin/su'],
    ['capability', { capability_arg: { value: 21, name: 'CAP_SYS_ADMIN' } }, 'CAP_SYS_ADMIN'],
    ['module', { module_arg: { name: 'evil', signature_ok: false } }, 'evil'],
    ['syscall_id', { syscall_id: { id: 59, abi: 'x64' } }, '59'],
    ['bytes', { bytes_arg: 'AAEC' }, 'AAEC'],
    ['sockaddr', { sockaddr_arg: { port: 80, addr: '::1' } }, '{"addr":"::1","port":80}'],
    ['cred', { cred_arg: { uid: 0, caps: ['b', 'a'] } }, '{"caps":["b","a"],"uid":0}'],
    ['brand_new', { brand_new_arg: { z: 1 } }, '{"z":1}'],
    ['unknown', {}, ''],
  ])('argument of the type %s', (type, argument, value) => {
    const [read] = eventOf(kprobe({ args: [argument] })).hook?.arguments ?? [];
    expect(read).toMatchObject({ type, value });
  });

  test.each([
    ['__x64_sys_openat', [{ int_arg: -100 }, { string_arg: '/etc/passwd' }], '/etc/passwd'],
    ['__x64_sys_openat', [{ string_arg: 'relative' }], null],
    ['commit_creds', [{ string_arg: '/etc/passwd' }], null],
    ['security_bprm_check', [{ linux_binprm_arg: { path: '/tmp/x' } }], '/tmp/x'],
    ['f', [{ string_arg: '/s' }, { path_arg: { path: '/p' } }], '/p'],
  ])('file of %s', (functionName, args, file) => {
    expect(eventOf(kprobe({ function_name: functionName, args })).file).toBe(file);
  });

  test.each([
    [
      {
        sock_arg: {
          saddr: '10.0.0.1',
          sport: 5000,
          daddr: '10.0.0.2',
          dport: 443,
          protocol: 'IPPROTO_TCP',
        },
      },
      ['IPPROTO_TCP', '10.0.0.1', 5000, '10.0.0.2', 443],
    ],
    [{ sockaddr_arg: { addr: '10.0.0.2', port: 53 } }, [null, null, null, '10.0.0.2', 53]],
  ])('network of %j', (argument, expected) => {
    const { network } = eventOf(kprobe({ args: [argument] }));
    expect(Object.values(network ?? {})).toEqual(expected);
  });

  test('without an action taken has none', () => {
    expect(eventOf(kprobe({ action: 'KPROBE_ACTION_UNKNOWN' })).hook?.action).toBeNull();
    expect(eventOf(kprobe({ action: 99 }))).toMatchObject({ hook: { action: '99' }, flags: [] });
  });
});

test('an exit says how', () => {
  expect(eventOf(exit()).exit).toEqual({ signal: 'SIGKILL', status: 0 });
  expect(eventOf(exit({ signal: undefined, status: 137 })).exit).toEqual({
    signal: null,
    status: 137,
  });
});

test.each([
  ['a tracepoint without a process', { process_tracepoint: {} }, 'invalid-shape'],
  ['an unknown type that says nothing', { process_new: {} }, 'unsupported-kind'],
  ['an unknown type that names its node', { process_new: {}, node_name: 'n' }, 'accepted'],
  ['an unknown type that names its process', { process_new: { process: {} } }, 'accepted'],
  ['a word that others use too', { test: { arg0: '1' } }, 'unknown-sensor'],
  ['no process', { process_exec: {} }, 'invalid-shape'],
  ['a process that is none', { process_exec: { process: 'sh' } }, 'invalid-shape'],
  ['an event that is none', { process_exec: 'sh' }, 'invalid-shape'],
  ['a time of a wrong type', exec({}, { time: 17 }), 'invalid-shape'],
  ['an exec_id of a wrong type', exec({ exec_id: 17 }), 'invalid-shape'],
  ['arguments of a wrong type', kprobe({ args: 'x' }), 'invalid-shape'],
])('%s: %j is %s', (_, record, verdict) => {
  expect(verdictOf(record)).toBe(verdict);
});

const detail = (record: object): string => {
  const [arrival] = arrivals([record]);
  return arrival?.outcome === 'rejected' ? arrival.rejection.detail : '';
};

test('a rejection names the kind or the place', () => {
  expect(detail({ process_connect: {} })).toContain('process_connect');
  expect(detail(exec({ exec_id: 17, cwd: 5 }))).toContain('/process_exec/process/exec_id');
});
