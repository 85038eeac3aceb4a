import { describe, expect, test } from 'vitest';
import { classOfEvent, classOfLogsource } from '../../../src/lib/sigma/event-class.ts';
import { textsOf } from '../../../src/lib/sigma/event-texts.ts';
import { accessorFor } from '../../../src/lib/sigma/taxonomy.ts';
import type { HookFacts, SecurityEvent } from '../../../src/model/security-event.ts';
import { buildEvent } from '../../detect/build-event.ts';

const HOOK: HookFacts = {
  functionName: 'f',
  policyName: null,
  action: null,
  returnAction: null,
  message: null,
  tags: [],
  returnValue: null,
  arguments: [],
  data: [],
  path: null,
  offset: null,
  imaHash: null,
  buildId: null,
};
type Kind = SecurityEvent['kind'];

const eventOf = (
  kind: Kind,
  hook: Partial<HookFacts>,
  change: Partial<SecurityEvent> = {},
): SecurityEvent => buildEvent({ id: '1', kind, hook: { ...HOOK, ...hook }, ...change });

const fieldOf = (name: string, event: SecurityEvent): unknown => accessorFor(name)?.(event, null);

describe('fields of what is hooked', () => {
  const argument = { type: 'string', label: null, value: 'x' };

  test.each<readonly [string, Kind, Partial<HookFacts>, unknown]>([
    ['function_name', 'lsm', { functionName: 'file_open' }, 'file_open'],
    ['return_action', 'kprobe', { returnAction: 'KPROBE_ACTION_SIGKILL' }, 'KPROBE_ACTION_SIGKILL'],
    ['return_action', 'kprobe', {}, undefined],
    ['tags', 'kprobe', { tags: ['a'] }, ['a']],
    ['tags', 'kprobe', {}, undefined],
    ['args', 'kprobe', { arguments: [argument] }, ['x']],
    ['data', 'kprobe', { data: [argument] }, ['x']],
    ['subsys', 'tracepoint', { functionName: 'sched/sched_process_exec' }, 'sched'],
    ['event', 'tracepoint', { functionName: 'sched/sched_process_exec' }, 'sched_process_exec'],
    ['event', 'tracepoint', { functionName: 'alone' }, 'alone'],
    ['subsys', 'tracepoint', { functionName: 'alone' }, undefined],
    ['event', 'kprobe', { functionName: 'sched/x' }, undefined],
    ['provider', 'usdt', { functionName: 'mysql:query:x' }, 'mysql'],
    ['probe', 'usdt', { functionName: 'mysql:query:x' }, 'query:x'],
    ['symbol', 'uprobe', { functionName: 'SSL_write' }, 'SSL_write'],
    ['symbol', 'kprobe', { functionName: 'SSL_write' }, undefined],
    ['path', 'uprobe', { path: '/bin/bash' }, '/bin/bash'],
    ['offset', 'uprobe', { offset: '18446744073709551615' }, '18446744073709551615'],
    ['ima_hash', 'lsm', { imaHash: 'sha256:a' }, 'sha256:a'],
    ['buildid', 'loader', { buildId: 'AA==' }, 'AA=='],
  ])('%s of a %s', (...[name, kind, hook, value]) => {
    expect(fieldOf(name, eventOf(kind, hook))).toEqual(value);
  });

  test('ImageLoaded is the file of a loader alone', () => {
    const file = '/lib/a.so';
    expect(fieldOf('ImageLoaded', eventOf('loader', {}, { file }))).toBe(file);
    expect(fieldOf('ImageLoaded', eventOf('kprobe', {}, { file }))).toBeUndefined();
  });

  test('keywords search the path and what was read beside the arguments', () => {
    const event = eventOf('uprobe', { path: '/bin/bash', data: [argument] });
    expect(textsOf(event)).toEqual(expect.arrayContaining(['f', '/bin/bash', 'x']));
  });
});

const NETWORK = {
  protocol: 'TCP',
  sourceIp: '10.0.0.1',
  sourcePort: 1,
  destinationIp: '203.0.113.7',
  destinationPort: 2,
};

describe('who opened a connection', () => {
  test.each<readonly [string, Partial<typeof NETWORK> | { destinationIp: null }, unknown]>([
    ['tcp_connect', {}, 'true'],
    ['process_connect', {}, 'true'],
    ['process_accept', {}, 'false'],
    ['process_listen', { destinationIp: null }, 'false'],
    ['inet_csk_accept', {}, 'false'],
    ['security_socket_bind', { destinationIp: null }, undefined],
  ])('%s', (functionName, change, initiated) => {
    const network = { ...NETWORK, ...change };
    expect(fieldOf('Initiated', eventOf('other', { functionName }, { network }))).toBe(initiated);
  });
});

const isOf = (event: SecurityEvent, logsource: Record<string, string>): boolean => {
  const asked = classOfLogsource(logsource);
  return (classOfEvent(event) & asked) === asked;
};

describe('classes', () => {
  const linux = { product: 'linux' };

  test.each<readonly [Kind, string, string | null, readonly string[]]>([
    ['other', 'process_connect', null, ['network_connection']],
    ['other', 'process_close', null, []],
    ['lsm', 'socket_connect', null, ['network_connection']],
    ['tracepoint', 'syscalls/sys_enter_connect', null, ['network_connection']],
    ['lsm', 'file_open', '/etc/shadow', ['file_event']],
    ['loader', 'process_loader', '/lib/a.so', ['image_load']],
  ])('of a %s %s', (...[kind, functionName, file, categories]) => {
    const event = eventOf(kind, { functionName }, { file });
    const all = ['process_creation', 'file_event', 'network_connection', 'image_load'];
    expect(all.filter((category) => isOf(event, { ...linux, category }))).toEqual(categories);
    expect(isOf(event, { ...linux, service: 'tetragon' })).toBe(true);
  });
});
