import { describe, expect, test } from 'vitest';
import type { HookFacts, NetworkFacts } from '../../../src/model/security-event.ts';
import { eventOf, kprobe } from '../samples.ts';

type Json = Record<string, unknown>;

const hookOf = (payload: Json): HookFacts => {
  const { hook } = eventOf(kprobe(payload));
  if (hook === null) throw new Error('no hook');
  return hook;
};

describe('an argument of the type', () => {
  test.each<readonly [string, Json, string]>([
    ['string', { string_arg: 'proc' }, 'proc'],
    ['int', { int_arg: 0 }, '0'],
    ['uint', { uint_arg: 4_294_967_295 }, '4294967295'],
    ['size', { size_arg: '18446744073709551615' }, '18446744073709551615'],
    ['long', { long_arg: '-9223372036854775808' }, '-9223372036854775808'],
    ['bytes', { bytes_arg: 'AAEC' }, 'AAEC'],
    ['truncated_bytes', { truncated_bytes_arg: { bytes_arg: 'AAEC', orig_size: '9' } }, 'AAEC'],
    ['truncated_bytes', { truncated_bytes_arg: { orig_size: '9' } }, '{"orig_size":"9"}'],
    ['file', { file_arg: { path: '/a', permission: '-rw-------' } }, '/a'],
    ['path', { path_arg: { path: '/a', mount: '/' } }, '/a'],
    ['path', { path_arg: '/mnt' }, '/mnt'],
    ['linux_binprm', { linux_binprm_arg: { path: '/bin/su' } }, '/bin/su'],
    ['sockaddrun', { sockaddrun_arg: { family: 'AF_UNIX', path: '/run/x.sock' } }, '/run/x.sock'],
    ['sockaddr', { sockaddr_arg: { addr: '::1', port: 80 } }, '{"addr":"::1","port":80}'],
    ['sock', { sock_arg: { sport: 1, cookie: '2' } }, '{"cookie":"2","sport":1}'],
    ['skb', { skb_arg: { len: 60, hash: 1 } }, '{"hash":1,"len":60}'],
    ['cred', { cred_arg: { permitted: ['DAC_OVERRIDE'] } }, '{"permitted":["DAC_OVERRIDE"]}'],
    ['process_credentials', { process_credentials_arg: { uid: 0 } }, '{"uid":0}'],
    ['user_ns', { user_ns_arg: { level: 1 } }, '{"level":1}'],
    ['user_namespace', { user_namespace_arg: { level: 1 } }, '{"level":1}'],
    ['capability', { capability_arg: { value: 21, name: 'CAP_SYS_ADMIN' } }, 'CAP_SYS_ADMIN'],
    ['kernel_cap_t', { kernel_cap_t_arg: '000001ffffffffff' }, '000001ffffffffff'],
    ['cap_effective', { cap_effective_arg: '0' }, '0'],
    ['module', { module_arg: { name: 'evil', signature_ok: false } }, 'evil'],
    ['net_dev', { net_dev_arg: { name: 'eth0' } }, 'eth0'],
    ['bpf_cmd', { bpf_cmd_arg: 'BPF_PROG_LOAD' }, 'BPF_PROG_LOAD'],
    ['bpf_cmd', { bpf_cmd_arg: 99 }, '99'],
    ['bpf_attr', { bpf_attr_arg: { ProgName: 'p' } }, '{"ProgName":"p"}'],
    ['bpf_map', { bpf_map_arg: { MapName: 'm' } }, '{"MapName":"m"}'],
    ['bpf_prog', { bpf_prog_arg: { InsnCnt: 1 } }, '{"InsnCnt":1}'],
    ['perf_event', { perf_event_arg: { Config: '1' } }, '{"Config":"1"}'],
    ['syscall_id', { syscall_id: { id: 59, abi: 'x64' } }, '59'],
    ['error', { error_arg: { Message: 'page fault' } }, 'page fault'],
    ['brand_new', { brand_new_arg: { z: 1 } }, '{"z":1}'],
  ])('%s: %j', (type, argument, value) => {
    const { arguments: args } = hookOf({ args: [{ ...argument, label: 'x' }] });
    expect(args).toEqual([{ type, label: 'x', value }]);
  });

  test('that nobody could read is there, so that the others keep their places', () => {
    const { arguments: args } = hookOf({ args: [{}, null, { int_arg: 3 }] });
    expect(args.map(({ type }) => type)).toEqual(['unknown', 'unknown', 'int']);
  });
});

describe('what is not all that the process passed is flagged', () => {
  test.each<readonly [string, Json]>([
    ['cut bytes', { args: [{ truncated_bytes_arg: { bytes_arg: 'AA==' } }] }],
    [
      'the end of a path',
      { args: [{ path_arg: { path: '/b', flags: 'unresolvedPathComponents' } }] },
    ],
    ['an error instead of an argument', { args: [{ error_arg: { Message: 'fault' } }] }],
    ['an error instead of a result', { return: { error_arg: { Message: 'fault' } } }],
    ['a huge text', { args: [{ string_arg: 'x'.repeat(5000) }] }],
    ['a huge object', { args: [{ cred_arg: { permitted: 'x'.repeat(5000) } }] }],
    ['far too many arguments', { args: Array.from({ length: 65 }, () => ({ int_arg: 1 })) }],
    ['far too many tags', { tags: Array.from({ length: 65 }, () => 'tag') }],
  ])('%s', (_, payload) => {
    const event = eventOf(kprobe(payload));
    expect(event.flags).toEqual(['truncated']);
    const { arguments: args, tags } = hookOf(payload);
    expect(Math.max(args.length, tags.length)).toBeLessThanOrEqual(64);
    expect(Math.max(0, ...args.map(({ value }) => value.length))).toBeLessThanOrEqual(4096);
  });
});

describe('file', () => {
  test.each<readonly [string, Json[], string | null]>([
    ['security_file_open', [{ file_arg: { path: '/etc/shadow' } }], '/etc/shadow'],
    ['__x64_sys_write', [{ file_arg: { path: 'etc/passwd' } }], '/etc/passwd'],
    ['fd_install', [{ file_arg: { path: 'pipe:[4026]' } }], null],
    ['fd_install', [{ file_arg: { path: 'anon_inode:bpf-map' } }], null],
    ['security_file_permission', [{ file_arg: { permission: '-rw-------' } }], null],
    ['security_file_permission', [{ file_arg: {} }], null],
    ['__x64_sys_openat', [{ int_arg: -100 }, { string_arg: '/etc/passwd' }], '/etc/passwd'],
    ['__x64_sys_openat', [{ string_arg: 'relative' }], null],
    ['commit_creds', [{ string_arg: '/etc/passwd' }], null],
    ['security_bprm_check', [{ linux_binprm_arg: { path: '/tmp/x' } }], '/tmp/x'],
    ['f', [{ string_arg: '/s' }, { path_arg: { path: '/p' } }], '/p'],
  ])('of %s with %j', (functionName, args, file) => {
    expect(eventOf(kprobe({ function_name: functionName, args })).file).toBe(file);
  });
});

const NO_PARTNER = { saddr: '0.0.0.0', daddr: '0.0.0.0', protocol: 'IPPROTO_TCP' };

describe('network', () => {
  const from = { sourceIp: '10.0.0.1', sourcePort: 5000 };
  const to = { destinationIp: '203.0.113.7', destinationPort: 443 };
  const socket = { saddr: '10.0.0.1', sport: 5000, daddr: '203.0.113.7', dport: 443 };
  const address = { sockaddr_arg: { family: 'AF_INET', addr: '203.0.113.7', port: 443 } };

  test.each<readonly [string, string, Json[], Partial<NetworkFacts> | null]>([
    ['a socket', 'tcp_connect', [{ sock_arg: socket }], { ...from, ...to }],
    [
      'a packet of an old version',
      'ip_output',
      [{ skb_arg: { ...socket, proto: 17 } }],
      { ...from, ...to, protocol: '17' },
    ],
    ['an address alone', '__x64_sys_connect', [{ int_arg: 3 }, address], to],
    [
      'a socket and the address that it will have',
      'security_socket_connect',
      [{ sock_arg: NO_PARTNER }, address],
      { ...to, sourceIp: '0.0.0.0', protocol: 'IPPROTO_TCP' },
    ],
    [
      'a connected socket and an address',
      'security_socket_sendmsg',
      [{ sock_arg: socket }, { sockaddr_arg: { addr: '198.51.100.1', port: 1 } }],
      { ...from, ...to },
    ],
    [
      'an address of its own',
      'security_socket_bind',
      [{ sockaddr_arg: { addr: '::', port: 4444 } }],
      { sourceIp: '::', sourcePort: 4444, destinationIp: null, destinationPort: null },
    ],
    [
      'a socket and its own address',
      'security_socket_bind',
      [{ sock_arg: NO_PARTNER }, { sockaddr_arg: { addr: '10.0.0.1', port: 4444 } }],
      { sourceIp: '10.0.0.1', sourcePort: 4444 },
    ],
    ['a local socket', '__sys_connect', [{ sockaddrun_arg: { path: '/run/x.sock' } }], null],
    ['a socket without addresses', 'tcp_connect', [{ sock_arg: { family: 'AF_INET' } }], null],
    ['no arguments', 'tcp_connect', [], null],
  ])('of %s', (...[, functionName, args, expected]) => {
    const { network } = eventOf(kprobe({ function_name: functionName, args }));
    if (expected === null) expect(network).toBeNull();
    else expect(network).toMatchObject(expected);
  });
});
