import { describe, expect, test } from 'vitest';
import type { SecurityEvent } from '../../../src/model/security-event.ts';
import { eventOf, exec, kprobe, RECEIVED_AT, tetragonProcess } from '../samples.ts';

type Json = Record<string, unknown>;

const PARENT = tetragonProcess({ exec_id: 'cGFyZW50', pid: 4200, flags: 'procFS' });
const TIME = '2026-05-28T20:26:01.000000200Z';

/** An event of any type about the process of the samples. */
const about = (member: string, payload: Json = {}): Json => ({
  [member]: { process: tetragonProcess(), parent: PARENT, ...payload },
  node_name: 'node-1',
  time: TIME,
});

const policy = {
  policy_name: 'watch',
  message: 'It happened',
  tags: ['a', 'b'],
  action: 'KPROBE_ACTION_SIGKILL',
};

describe('an event of the type', () => {
  test.each<readonly [string, Json, Partial<SecurityEvent>, object]>([
    [
      'process_tracepoint',
      {
        subsys: 'syscalls',
        event: 'sys_enter_openat',
        args: [{ string_arg: '/etc/shadow' }],
        ...policy,
      },
      { kind: 'tracepoint', file: '/etc/shadow' },
      { functionName: 'syscalls/sys_enter_openat', tags: ['a', 'b'], message: 'It happened' },
    ],
    [
      'process_uprobe',
      {
        path: '/usr/lib/libssl.so',
        symbol: 'SSL_write',
        offset: '18446744073709551615',
        args: [{ bytes_arg: 'AA==' }],
        data: [{ string_arg: 'x', label: 'comm' }],
        ...policy,
      },
      { kind: 'uprobe', file: null },
      {
        functionName: 'SSL_write',
        path: '/usr/lib/libssl.so',
        offset: '18446744073709551615',
        data: [{ type: 'string', label: 'comm', value: 'x' }],
      },
    ],
    [
      'process_uprobe',
      { path: '/opt/server', offset: '4096' },
      { kind: 'uprobe' },
      { functionName: '+4096', offset: '4096' },
    ],
    [
      'process_usdt',
      { path: '/usr/sbin/mysqld', provider: 'mysql', name: 'query__start', ...policy },
      { kind: 'usdt' },
      { functionName: 'mysql:query__start', path: '/usr/sbin/mysqld', policyName: 'watch' },
    ],
    [
      'process_lsm',
      {
        function_name: 'file_open',
        args: [{ file_arg: { path: '/etc/shadow' } }],
        ima_hash: 'sha256:ab',
        ...policy,
      },
      { kind: 'lsm', file: '/etc/shadow' },
      { functionName: 'file_open', imaHash: 'sha256:ab', action: 'KPROBE_ACTION_SIGKILL' },
    ],
    [
      'process_loader',
      { path: '/usr/lib/libc.so.6', buildid: 'AAEC' },
      { kind: 'loader', file: '/usr/lib/libc.so.6' },
      { functionName: 'process_loader', path: '/usr/lib/libc.so.6', buildId: 'AAEC' },
    ],
  ])('%s says what was seen: %j', (...[member, payload, facts, hook]) => {
    const event = eventOf(about(member, payload));
    expect(event).toMatchObject({ ...facts, node: 'node-1', flags: [], health: null });
    expect(event.hook).toMatchObject(hook);
    expect(event.process?.pid).toBe(4242);
    expect(event.parent?.pid).toBe(4200);
    expect(event.pod?.name).toBe('cart-7d9c5');
  });

  test('process_kprobe may say what it did on the return, and what else it read', () => {
    const { hook } = eventOf(
      kprobe({ ...policy, return_action: 'KPROBE_ACTION_OVERRIDE', data: [{ int_arg: 0 }] }),
    );
    expect(hook).toMatchObject({
      returnAction: 'KPROBE_ACTION_OVERRIDE',
      tags: ['a', 'b'],
      data: [{ type: 'int', label: null, value: '0' }],
    });
  });

  test.each(['UNKNOWN', 'NOTIFYKILLER', 'SET'])('action %s', (action) => {
    const value = `KPROBE_ACTION_${action}`;
    const { hook } = eventOf(kprobe({ action: value, return_action: value }));
    const expected = action === 'UNKNOWN' ? null : value;
    expect(hook).toMatchObject({ action: expected, returnAction: expected });
  });
});

describe('an event of a type without a name here', () => {
  const connection = {
    source_ip: '10.0.0.1',
    source_port: 5000,
    destination_ip: '203.0.113.7',
    destination_port: '443',
    protocol: 'TCP',
  };

  test('keeps its process, its pod and its connection', () => {
    const event = eventOf(about('process_connect', connection));
    expect(event).toMatchObject({
      kind: 'other',
      onHost: false,
      flags: [],
      network: { protocol: 'TCP', sourcePort: 5000, destinationIp: '203.0.113.7' },
      hook: { functionName: 'process_connect', arguments: [] },
    });
    expect(event.network?.destinationPort).toBe(443);
    expect([event.process?.pid, event.parent?.pid, event.pod?.name]).toEqual([
      4242,
      4200,
      'cart-7d9c5',
    ]);
  });

  test('that waits for connections names its own address', () => {
    const event = eventOf(about('process_listen', { ip: '0.0.0.0', port: 9000, protocol: 'TCP' }));
    expect(event.network).toEqual({
      protocol: 'TCP',
      sourceIp: '0.0.0.0',
      sourcePort: 9000,
      destinationIp: null,
      destinationPort: null,
    });
  });

  test('says the rest in arguments named as its members', () => {
    const event = eventOf(
      about('process_dns', {
        dns: { names: ['cdn.example.'] },
        count: 2,
        query: 'cdn',
        none: null,
      }),
    );
    expect(event.hook?.arguments).toEqual([
      { type: 'dns', label: null, value: '{"names":["cdn.example."]}' },
      { type: 'count', label: null, value: '2' },
      { type: 'query', label: null, value: 'cdn' },
      { type: 'none', label: null, value: '' },
    ]);
  });

  test('is read like a hook where it has the members of one', () => {
    const event = eventOf(
      about('process_new', { args: [{ file_arg: { path: '/etc/shadow' } }], ...policy }),
    );
    expect(event).toMatchObject({ file: '/etc/shadow', hook: { policyName: 'watch' } });
  });

  test('may say nothing of a process', () => {
    const event = eventOf({ process_new: { a: 1 }, node_name: 'node-1', time: TIME });
    expect(event).toMatchObject({ kind: 'other', process: null, onHost: false, node: 'node-1' });
  });

  test('is bounded', () => {
    const many = Object.fromEntries(
      Array.from({ length: 100 }, (_, key) => [`m${String(key)}`, 1]),
    );
    const event = eventOf(about('process_new', many));
    expect(event.hook?.arguments).toHaveLength(64);
    expect(event.flags).toEqual(['truncated']);
  });
});

describe('what Tetragon says of itself is health', () => {
  const said = (member: string, payload: Json, changes: Json = {}): SecurityEvent =>
    eventOf({ [member]: payload, node_name: 'node-1', time: TIME, ...changes });

  test.each<readonly [string, Json, object]>([
    [
      'process_throttle',
      { type: 'THROTTLE_START', cgroup: 'kubepods.slice' },
      { what: 'throttle-start', scope: 'kubepods.slice', lost: null },
    ],
    [
      'process_throttle',
      { type: 'THROTTLE_STOP', cgroup: 'kubepods.slice' },
      { what: 'throttle-stop', scope: 'kubepods.slice' },
    ],
    ['process_throttle', { cgroup: 'kubepods.slice' }, { what: 'notice', scope: 'kubepods.slice' }],
    ['process_throttle', { type: 7 }, { what: 'notice', scope: null }],
    [
      'rate_limit_info',
      { number_of_dropped_process_events: '42' },
      { what: 'rate-limit', lost: 42, scope: null },
    ],
    ['rate_limit_info', { number_of_dropped_process_events: 42 }, { what: 'rate-limit', lost: 42 }],
    ['rate_limit_info', {}, { what: 'rate-limit', lost: null }],
    ['rate_limit_info', { number_of_dropped_process_events: '-1' }, { lost: null }],
    ['test', { arg0: '1' }, { what: 'notice' }],
  ])('%s %j', (member, payload, health) => {
    const event = said(member, payload);
    expect(event).toMatchObject({
      kind: 'health',
      node: 'node-1',
      process: null,
      pod: null,
      container: null,
      onHost: false,
      hook: null,
      flags: [],
    });
    expect(event.health).toMatchObject(health);
    expect(event.health?.detail).toMatch(/^Tetragon .*\.$/);
  });

  test('the zero time of an old version is none', () => {
    const untimed = { time: '0001-01-01T00:00:00Z' };
    const event = said('rate_limit_info', { number_of_dropped_process_events: 42 }, untimed);
    expect(event).toMatchObject({ time: RECEIVED_AT, flags: ['no-time'], health: { lost: 42 } });
  });

  test('a message can not disturb whoever reads it', () => {
    const { health } = said('process_throttle', { type: 'THROTTLE_START', cgroup: 'a\u001b[2J' });
    expect(health?.detail).not.toContain('\u001b');
  });
});

describe('flags of a process', () => {
  test.each([
    ['truncArgs', ['truncated']],
    ['errorArgs', ['truncated']],
    ['errorFilename', ['truncated']],
    ['errorCWD', ['truncated']],
    ['errorEnvs', []],
    ['miss', []],
  ])('%s', (flag, flags) => {
    expect(eventOf(exec({ flags: `execve ${flag}` })).flags).toEqual(flags);
  });

  test('a child of what ran before the sensor is no baseline', () => {
    expect(eventOf(about('process_exec')).flags).toEqual([]);
    expect(eventOf(exec({ flags: 'procFS' })).flags).toEqual(['baseline']);
  });

  test('without its cgroup nobody knows that it is on the host', () => {
    const bare = { pod: undefined, docker: undefined };
    expect(eventOf(exec(bare)).onHost).toBe(true);
    expect(eventOf(exec({ ...bare, flags: 'execve errorCgroupName' })).onHost).toBe(false);
  });
});

test('of several events in one record the first of the list counts, in any order', () => {
  const lsm = about('process_lsm')['process_lsm'];
  const both = { process_lsm: lsm, process_new: lsm, node_name: 'node-1', time: TIME };
  const turned = { process_new: lsm, process_lsm: lsm, node_name: 'node-1', time: TIME };
  expect(eventOf(both).kind).toBe('lsm');
  expect(eventOf(turned).id).toBe(eventOf(both).id);
});

describe('what tells two events of a type apart', () => {
  const uprobe = { path: '/lib/a', symbol: 'f' };
  const usdt = { path: '/lib/a', provider: 'p', name: 'n' };

  test('counts', () => {
    const events = [
      about('process_tracepoint', { subsys: 'a', event: 'b' }),
      about('process_tracepoint', { subsys: 'a', event: 'c' }),
      about('process_tracepoint', { subsys: 'a', event: 'b', args: [{ int_arg: 1 }] }),
      about('process_uprobe', uprobe),
      about('process_uprobe', { ...uprobe, path: '/lib/b' }),
      about('process_uprobe', { ...uprobe, offset: '1' }),
      about('process_uprobe', { ...uprobe, ref_ctr_offset: '1' }),
      about('process_uprobe', { ...uprobe, data: [{ int_arg: 1 }] }),
      about('process_usdt', usdt),
      about('process_usdt', { ...usdt, provider: 'p:n', name: '' }),
      about('process_usdt', { ...usdt, flags: 'x' }),
      about('process_usdt', { ...usdt, path: '/lib/b' }),
      about('process_lsm', { function_name: 'f' }),
      about('process_lsm', { function_name: 'f', ima_hash: 'sha256:a' }),
      about('process_lsm', { function_name: 'f', action: 'KPROBE_ACTION_POST' }),
      about('process_loader', { path: '/lib/a' }),
      about('process_loader', { path: '/lib/a', buildid: 'AA==' }),
      about('process_new', { a: 1 }),
      about('process_new', { a: 2 }),
      about('process_newer', { a: 1 }),
      { process_throttle: { type: 'THROTTLE_START', cgroup: 'a' }, node_name: 'n', time: TIME },
      { process_throttle: { type: 'THROTTLE_STOP', cgroup: 'a' }, node_name: 'n', time: TIME },
      { process_throttle: { type: 'THROTTLE_START', cgroup: 'b' }, node_name: 'n', time: TIME },
      { rate_limit_info: {}, node_name: 'n', time: TIME },
      { test: {}, node_name: 'n', time: TIME },
    ];
    expect(new Set(events.map((event) => eventOf(event).id)).size).toBe(events.length);
  });

  test('is neither its parent nor how often its process is referred to', () => {
    const process = tetragonProcess({ refcnt: 9 });
    for (const member of ['process_lsm', 'process_new']) {
      const copy = eventOf(about(member, { process, parent: {}, ancestors: [process] }));
      expect(copy.id).toBe(eventOf(about(member)).id);
    }
  });
});
