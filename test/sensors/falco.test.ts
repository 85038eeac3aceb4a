import { describe, expect, test } from 'vitest';
import { readPriority } from '../../src/sensors/falco/priority.ts';
import { alert, CONTAINER_ID, eventOf, exec, HTTP_ORIGIN, verdictOf } from './samples.ts';

const MICROS = Date.UTC(2026, 4, 28, 20, 26, 1) * 1000;

describe('an alert', () => {
  const event = eventOf(alert());

  test('says when and where', () => {
    expect(event).toMatchObject({
      sensor: 'falco',
      kind: 'alert',
      time: MICROS,
      timeNanos: 200,
      orderTime: MICROS + 100_000,
      orderNanos: 200,
      node: 'node-1',
      container: {
        id: CONTAINER_ID.slice(0, 12),
        name: 'cart',
        image: 'registry.example/cart:1.2',
      },
      onHost: false,
      pod: { namespace: 'shop', name: 'cart-7d9c5', uid: null, workload: null, workloadKind: null },
      flags: [],
    });
  });

  test('says which process', () => {
    expect(event.process).toMatchObject({
      execId: null,
      pid: null,
      binary: '/bin/dash',
      arguments: '-c id',
      commandLine: 'sh -c id',
      uid: 0,
      user: 'root',
      loginUid: null,
    });
    expect(event.parent).toMatchObject({ commandLine: 'runc', binary: '', pid: null });
  });

  test('keeps rule, tags and all output fields', () => {
    expect(event.alert).toMatchObject({
      rule: 'Terminal shell in container',
      priority: 'notice',
      source: 'syscall',
      tags: ['container', 'mitre_execution'],
    });
    expect(event.alert?.fields.get('evt.type')).toBe('execve');
  });

  test('takes what operators add', () => {
    const added = eventOf(
      alert({
        'proc.pid': 4242,
        'proc.vpid': 17,
        'proc.ppid': 4200,
        'proc.args': '-c id',
        'proc.pid.ts': Number('1780000000123456789'),
        'container.full_id': CONTAINER_ID,
        'k8s.pod.uid': 'u-1',
      }),
    );
    expect(added.process).toMatchObject({ pid: 4242, containerPid: 17 });
    expect(added.process?.startTime).toBe(1_780_000_000_123_456);
    expect(added.parent?.pid).toBe(4200);
    expect(added.container?.id).toBe(CONTAINER_ID);
    expect(added.pod?.uid).toBe('u-1');
  });

  test('without any field of a process, container or pod has none', () => {
    const bare = eventOf({ rule: 'R', time: '2026-05-28T20:26:01Z', output_fields: {} });
    expect(bare).toMatchObject({
      node: '',
      process: null,
      parent: null,
      container: null,
      pod: null,
    });
    expect(eventOf({ rule: 'R', priority: 'Notice' })).toMatchObject({
      flags: ['no-time', 'no-fields'],
    });
  });
});

test('the host is told by its container id, if the node is known', () => {
  const fields = { 'container.id': 'host', 'container.name': 'host' };
  expect(eventOf(alert(fields))).toMatchObject({ container: null, onHost: true });
  expect(eventOf(alert(fields, { hostname: undefined })).onHost).toBe(false);
});

test.each([
  ['/etc/shadow', '/etc/shadow'],
  ['10.0.0.1:5000->10.0.0.2:443', null],
  [null, null],
])('file of the descriptor %s', (name, file) => {
  expect(eventOf(alert({ 'fd.name': name })).file).toBe(file);
});

test.each([
  [
    {
      'fd.cip': '1.1.1.1',
      'fd.cport': 5,
      'fd.sip': '2.2.2.2',
      'fd.sport': 80,
      'fd.l4proto': 'tcp',
    },
    ['tcp', '1.1.1.1', 5, '2.2.2.2', 80],
  ],
  [
    { 'fd.name': '10.0.0.1:5000->10.0.0.2:443', 'fd.lport': 443 },
    [null, '10.0.0.1', 5000, '10.0.0.2', 443],
  ],
  [{ 'fd.name': '2001:db8::1:5000->::1:443' }, [null, '2001:db8::1', 5000, '::1', 443]],
  [
    { 'fd.lip': '1.1.1.1', 'fd.lport': '5', 'fd.rip': '2.2.2.2', 'fd.rport': null },
    [null, '1.1.1.1', 5, '2.2.2.2', null],
  ],
])('network of %j', (fields, expected) => {
  expect(Object.values(eventOf(alert(fields)).network ?? {})).toEqual(expected);
});

test.each([
  ['Warning', 'warning'],
  ['Warn', 'warning'],
  ['INFO', 'informational'],
  ['CRITICAL', 'critical'],
  [4, 'warning'],
  [' debug ', 'debug'],
  ['4', 'warning'],
  [8, 'unknown'],
  [-1, 'unknown'],
  [1.5, 'unknown'],
  ['', 'unknown'],
  [undefined, 'unknown'],
  ['constructor', 'unknown'],
])('priority %j is %s', (written, priority) => {
  expect(readPriority(written)).toBe(priority);
});

describe('output fields', () => {
  test('that are missing are null, however that is written', () => {
    const { fields } = eventOf(alert({ a: null, b: '', c: '<NA>' })).alert ?? { fields: new Map() };
    expect(['a', 'b', 'c'].map((key): unknown => fields.get(key))).toEqual([null, null, null]);
  });

  test('may have any name and be lists', () => {
    const text = JSON.stringify(alert({ list: ['a', null, ['b']] })).replace(
      '"list"',
      '"__proto__":"p","constructor":"c","k.a[x y]":1,"list"',
    );
    const { alert: facts } = eventOf(text);
    expect(facts?.fields.get('__proto__')).toBe('p');
    expect(facts?.fields.get('constructor')).toBe('c');
    expect(facts?.fields.get('k.a[x y]')).toBe(1);
    expect(facts?.fields.get('list')).toEqual(['a', null, ['b']]);
  });

  test('of a wrong type cost the field only', () => {
    const event = eventOf(alert({ 'k8s.pod.name': { a: 1 }, 'proc.pid': 'x' }));
    expect(event).toMatchObject({ pod: null, flags: ['wrong-type'] });
    expect(event.process?.pid).toBeNull();
  });

  test('that falcosidekick cut are flagged', () => {
    expect(eventOf(alert({ 'proc.cmdline': 'sh -c xx[...]' })).flags).toEqual(['truncated']);
  });
});

describe('text', () => {
  test('is kept up to the cap', () => {
    const event = eventOf(alert({ 'proc.cmdline': `sh ${'x'.repeat(10_000)}` }));
    expect(event.flags).toEqual(['truncated']);
    expect(event.process?.commandLine).toHaveLength(4096);
  });

  test('loses its NULs', () => {
    const event = eventOf(alert({ 'k8s.pod.name': 'cart\0-1' }));
    expect([event.pod?.name, event.flags]).toEqual(['cart-1', ['nul-stripped']]);
  });

  test('that is no UTF-8 is kept with a flag', () => {
    const bytes = Buffer.from(JSON.stringify(alert({ 'proc.cmdline': 'sh @' })));
    bytes[bytes.indexOf('@')] = 0xff;
    const event = eventOf(bytes);
    expect([event.process?.commandLine, event.flags]).toEqual(['sh \uFFFD', ['invalid-utf8']]);
  });
});

test.each([
  ['a message about itself', alert({}, { source: 'internal' }), 'accepted'],
  ['the drop message', { rule: 'Falco internal: syscall event drop', time: 5 }, 'accepted'],
  ['another source', alert({}, { source: 'k8s_audit' }), 'accepted'],
  [
    'an audit alert without a source',
    { rule: 'R', output_fields: { 'ka.verb': 'get' } },
    'accepted',
  ],
  ['no source', alert({}, { source: undefined }), 'accepted'],
  ['null as source', alert({}, { source: null }), 'accepted'],
  ['no rule', alert({}, { rule: undefined }), 'invalid-shape'],
  ['a time of a wrong type', alert({}, { time: 5 }), 'invalid-shape'],
  ['output fields of a wrong type', alert({}, { output_fields: [] }), 'accepted'],
  ['an unreadable time', alert({}, { time: 'soon' }), 'accepted'],
  ['tags of a wrong type', alert({}, { tags: 'x' }), 'accepted'],
  ['another object', { hello: 1 }, 'unknown-sensor'],
])('%s', (_, record, verdict) => {
  expect(verdictOf(record)).toBe(verdict);
});

test('a record is what its shape says, whatever its door expects', () => {
  expect(eventOf(exec(), { ...HTTP_ORIGIN, sensor: 'falco' }).sensor).toBe('tetragon');
  expect(eventOf(alert(), { ...HTTP_ORIGIN, sensor: 'tetragon' }).sensor).toBe('falco');
});
