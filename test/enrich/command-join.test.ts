import { describe, expect, test } from 'vitest';
import { LIMITS } from '../../src/config/limits.ts';
import { createEnrichRoom, type EnrichRoom } from '../../src/enrich/enrich-room.ts';
import type { FieldValue, SecurityEvent } from '../../src/model/security-event.ts';
import { buildEvent, SECOND } from '../order/event-builder.ts';
import { buildAlert, buildFacts, enrichOne, ref, sensorPod, T } from './enrich-builder.ts';

const newRoom = () => createEnrichRoom({ limits: LIMITS });
const CONTAINER = 'abcdef012345' + '9'.repeat(52);
const seconds = (count: number) => T + count * SECOND;

/** Tetragon tells of a program that starts in the container. */
function start(room: EnrichRoom, id: string, changes: Record<string, unknown> = {}): void {
  const { time = T, node = 'node-a', container = ref(CONTAINER), kind = 'exec', ...rest } = changes;
  const facts = buildFacts(id, {
    pid: 77,
    binary: '/usr/bin/curl',
    arguments: '-o /tmp/x "http://a b"',
    startTime: time as number,
    ...rest,
  });
  const place = { node, container, onHost: container === null } as Partial<SecurityEvent>;
  const event = { id: `${kind as string}-${id}-${time as number}`, kind, time, ...place };
  enrichOne(room, buildEvent({ ...event, process: facts } as never));
}

const exit = (room: EnrichRoom, id: string, changes: { time: number; [name: string]: unknown }) =>
  start(room, id, { startTime: T, ...changes, kind: 'exit' });

const FIELDS = {
  'proc.name': 'curl',
  'proc.exepath': '/usr/bin/curl',
  'proc.cmdline': 'curl -o /tmp/x http://a b',
};

/** A Falco alert without a pid, as default rules give it. */
function alertOf(fields: Record<string, FieldValue> = {}, changes: Partial<SecurityEvent> = {}) {
  const all: Record<string, FieldValue> = { ...FIELDS, ...fields };
  const line = String(all['proc.cmdline']);
  const process = buildFacts(null, {
    binary: String(all['proc.exepath'] ?? ''),
    arguments: line.includes(' ') ? line.slice(line.indexOf(' ') + 1) : '',
    commandLine: line,
    startTime: null,
  });
  const container = ref(CONTAINER.slice(0, 12));
  return buildAlert(all, { node: 'falco-x7k2p', container, process, time: seconds(1), ...changes });
}

const joined = (room: EnrichRoom, alert: SecurityEvent, late = false) => {
  const { lineage, join } = enrichOne(room, alert, late);
  return `${lineage?.process.entityId ?? 'nobody'}: ${join?.tier} ${join?.reason}`;
};

describe('by command line', () => {
  test('the only process of the container that ran it within two seconds', () => {
    const room = newRoom();
    start(room, 'p');
    expect(joined(room, alertOf())).toBe('p: C command-line');
    expect(enrichOne(room, alertOf()).join?.confidence).toBe('strong');
    expect(joined(room, alertOf({}, { time: seconds(2) }))).toBe('p: C command-line');
    expect(joined(room, alertOf({}, { time: seconds(2.1) }))).toBe('nobody: D container');
  });

  test('what the process did within two seconds counts like its start', () => {
    const room = newRoom();
    start(room, 'p');
    start(room, 'p', { kind: 'kprobe', time: seconds(60), startTime: T });
    expect(joined(room, alertOf({}, { time: seconds(61) }))).toBe('p: C command-line');
    exit(room, 'p', { time: seconds(90) });
    expect(joined(room, alertOf({}, { time: seconds(91) }))).toBe('p: C command-line');
    expect(joined(room, alertOf({}, { time: seconds(91.1) }))).toBe('nobody: D container');
  });

  test('a link, a busybox or no path at all: the short name decides', () => {
    const room = newRoom();
    start(room, 'p', { binary: '/bin/ls', arguments: '-la' });
    const ls = { 'proc.name': 'ls', 'proc.cmdline': 'ls -la' };
    expect(joined(room, alertOf({ ...ls, 'proc.exepath': '/bin/busybox' }))).toBe(
      'p: C command-line',
    );
    expect(joined(room, alertOf({ ...ls, 'proc.exepath': '' }))).toBe('p: C command-line');
    const other = { ...ls, 'proc.name': 'cat', 'proc.exepath': '/bin/busybox' };
    expect(joined(room, alertOf(other))).toBe('nobody: D container');
  });

  test('two processes that both ran it then: ambiguous, however near one of them is', () => {
    const room = newRoom();
    start(room, 'p');
    start(room, 'q', { pid: 78, time: seconds(0.9) });
    expect(joined(room, alertOf())).toBe('nobody: none several-processes');
    expect(enrichOne(room, alertOf()).join?.confidence).toBe('ambiguous');
  });

  test('one that runs it since long ago makes it ambiguous, one that ended does not', () => {
    const room = newRoom();
    start(room, 'old', { pid: 78, time: seconds(-600) });
    start(room, 'p');
    expect(joined(room, alertOf())).toBe('nobody: none several-processes');
    exit(room, 'old', { time: seconds(-60), pid: 78, startTime: seconds(-600) });
    expect(joined(room, alertOf())).toBe('p: C command-line');
  });

  test('two programs of one process are no two processes', () => {
    const room = newRoom();
    start(room, 'p');
    start(room, 'q', { parentExecId: 'p', time: seconds(0.5) });
    expect(joined(room, alertOf())).toBe('q: C command-line');
  });

  test('more processes than are compared are ambiguous', () => {
    const room = newRoom();
    for (let index = 0; index < 40; index += 1) {
      const args = `${'-o /tmp/x '.repeat(20)} ${index}`;
      start(room, `p${index}`, { pid: 100 + index, arguments: args });
    }
    const line = `curl ${'-o /tmp/x '.repeat(20)}`;
    expect(joined(room, alertOf({ 'proc.cmdline': line }))).toBe('nobody: none several-processes');
  });

  test('the fork of a program is not taken for the program', () => {
    const room = newRoom();
    start(room, 'parent', { pid: 9, binary: '/usr/sbin/crond', arguments: '' });
    start(room, 'p', { parentExecId: 'parent' });
    expect(joined(room, alertOf({ 'proc.pname': 'crond' }))).toBe('p: C command-line');
    expect(joined(room, alertOf({ 'proc.pname': 'curl' }))).toBe('nobody: D container');
  });

  test('not in another container, node or cluster', () => {
    const room = newRoom();
    start(room, 'p');
    const elsewhere = { container: ref('ffffffffffff') };
    expect(joined(room, alertOf({}, elsewhere))).toBe('nobody: none not-seen');
    expect(joined(room, alertOf({}, { cluster: 'b' }))).toBe('nobody: none not-seen');
    const host = { container: null, onHost: true };
    expect(joined(room, alertOf({}, { ...host, node: 'node-a' }))).toBe('nobody: none not-seen');
  });

  test('on the host only where the node is known', () => {
    const room = newRoom();
    start(room, 'p', { container: null });
    const onHost = { container: null, onHost: true };
    expect(joined(room, alertOf({}, { ...onHost, node: 'node-a' }))).toBe('p: C command-line');
    expect(joined(room, alertOf({}, { ...onHost, node: 'node-b' }))).toBe('nobody: none not-seen');
  });

  test('never against a pid, a pid in the container or a later fork', () => {
    const room = newRoom();
    start(room, 'p', { containerPid: 5 });
    const withFacts = (changes: object) => {
      const alert = alertOf();
      return joined(room, { ...alert, process: { ...alert.process, ...changes } as never });
    };
    expect(withFacts({ containerPid: 5 })).toBe('p: B container-pid');
    expect(withFacts({ containerPid: 6 })).toBe('nobody: D container');
    expect(withFacts({ pid: 77 })).toBe('p: A pid');
    expect(withFacts({ pid: 78 })).toBe('nobody: D container');
    expect(withFacts({ startTime: T - 10_000 })).toBe('p: C command-line');
    expect(withFacts({ startTime: seconds(1.5) })).toBe('nobody: D container');
  });

  test('not with bytes that were lost, without a command line, or late', () => {
    const room = newRoom();
    start(room, 'p', { arguments: 'a \uFFFD' });
    const lost = { 'proc.cmdline': 'curl a \uFFFD' };
    expect(joined(room, alertOf(lost))).toBe('nobody: D container');
    start(room, 'q', { pid: 78 });
    expect(joined(room, alertOf({ 'proc.cmdline': '' }))).toBe('nobody: D container');
    expect(joined(room, alertOf(), true)).toBe('nobody: D container');
    expect(joined(room, alertOf())).toBe('q: C command-line');
  });
});

describe('the place of an alert', () => {
  test('a container Tetragon watches, or a pod of it, without the process', () => {
    const room = newRoom();
    const pod = sensorPod('web-1', 'uid-1');
    const told = { id: 'x', time: T, container: ref(CONTAINER), pod, process: buildFacts('p') };
    enrichOne(room, buildEvent(told));
    const nothing = { process: null, node: 'falco-x7k2p' };
    const inContainer = { ...nothing, container: ref(CONTAINER.slice(0, 12)) };
    expect(joined(room, buildAlert({}, inContainer))).toBe('nobody: D container');
    const inPod = { ...nothing, pod: sensorPod('web-1') };
    expect(joined(room, buildAlert({}, inPod))).toBe('nobody: D pod');
    const later = { ...inPod, time: seconds(3600) };
    expect(joined(room, buildAlert({}, later))).toBe('nobody: none no-process');
    const unknown = { ...nothing, pod: sensorPod('web-2') };
    expect(joined(room, buildAlert({}, unknown))).toBe('nobody: none no-process');
  });

  test('names no other node than that where Tetragon saw the container', () => {
    const room = newRoom();
    start(room, 'p');
    start(room, 'q', { node: 'node-b', container: null, pid: 5 });
    const at = (node: string) => joined(room, alertOf({}, { node }));
    expect(at('node-a')).toBe('p: C command-line');
    expect(at('node-c')).toBe('p: C command-line');
    expect(at('node-b')).toBe('nobody: none other-node');
  });

  test('a node is known by its short name and in any case, unless several have it', () => {
    const room = newRoom();
    start(room, 'p', { node: 'ip-10-0-0-1.ec2.internal', container: null });
    const at = (node: string) =>
      joined(room, alertOf({ 'proc.pid': 77 }, { container: null, onHost: true, node }));
    expect(at('ip-10-0-0-1')).toBe('p: A pid');
    expect(at('IP-10-0-0-1.ec2.internal')).toBe('p: A pid');
    expect(at('ip-10-0-0-1.other')).toBe('nobody: none not-seen');
    start(room, 'q', { node: 'ip-10-0-0-1.other', container: null, pid: 5 });
    expect(at('ip-10-0-0-1')).toBe('nobody: none not-seen');
  });

  test('the sandbox of a pod is joined with nothing', () => {
    const room = newRoom();
    start(room, 'p');
    const sandbox = { 'k8s.pod.sandbox_id': CONTAINER.slice(0, 12) };
    expect(joined(room, alertOf(sandbox))).toBe('nobody: none sandbox');
  });

  test('two containers that share the digits of an id are ambiguous', () => {
    const room = newRoom();
    start(room, 'p');
    start(room, 'q', { container: ref('abcdef012345' + '8'.repeat(52)), pid: 78 });
    expect(joined(room, alertOf())).toBe('nobody: none several-containers');
  });

  test('an entry of a log and an event of Tetragon have no join', () => {
    const room = newRoom();
    const audit = alertOf({}, { container: null, process: null });
    const source = { ...audit, alert: { ...audit.alert, source: 'k8s_audit' } as never };
    expect(enrichOne(room, source).join).toBeNull();
    expect(enrichOne(room, buildEvent({ id: 'e', process: buildFacts('p') })).join).toBeNull();
  });
});

test('a pid of a task that began later than the program is used again', () => {
  const room = newRoom();
  start(room, 'p', { arguments: '' });
  const bash = alertOf({ 'proc.name': 'curl', 'proc.cmdline': 'curl', 'proc.pid': 77 });
  const begun = (startTime: number | null) => ({
    ...bash,
    process: buildFacts(null, { ...bash.process, pid: 77, containerPid: 7, startTime }),
    time: seconds(3600),
  });
  expect(joined(room, begun(seconds(-5)))).toBe('p: A pid');
  expect(joined(room, begun(null))).toBe('p: A pid');
  expect(joined(room, begun(seconds(3600)))).toBe('nobody: D container');
  const inContainer = begun(seconds(3600));
  const byVpid = buildFacts(null, { ...inContainer.process, pid: null });
  expect(joined(room, { ...inContainer, process: byVpid })).toBe('nobody: D container');
});

test('the same name in another folder is another program, where no pid says more', () => {
  const room = newRoom();
  start(room, 'p');
  expect(joined(room, alertOf({ 'proc.exepath': '/bin/curl' }))).toBe('p: C command-line');
  expect(joined(room, alertOf({ 'proc.exepath': '/tmp/.x/curl' }))).toBe('nobody: D container');
});

test('a pid whose program is another is no join', () => {
  const room = newRoom();
  start(room, 'p');
  const same = {
    'proc.name': 'c',
    'proc.exepath': '/tmp/c',
    'proc.cmdline': 'c -o /tmp/x http://a b',
  };
  expect(joined(room, alertOf({ ...same, 'proc.pid': 77 }))).toBe('nobody: D container');
  const version = { 'proc.name': 'curl8', 'proc.exepath': '/usr/bin/curl8.1' };
  expect(joined(room, alertOf({ ...version, 'proc.pid': 77 }))).toBe('p: A pid');
  const other = { 'proc.name': 'nc', 'proc.exepath': '/bin/nc', 'proc.cmdline': 'nc -l 1' };
  expect(joined(room, alertOf({ ...other, 'proc.pid': 77 }))).toBe('nobody: D container');
  const renamed = { ...other, 'proc.exepath': '/usr/bin/curl' };
  expect(joined(room, alertOf({ ...renamed, 'proc.pid': 77 }))).toBe('p: A pid');
});
