import { expect, test } from 'vitest';
import { peekEvent } from '../../src/store/peek-event.ts';

const exec = {
  process_exec: {
    process: {
      binary: '/bin/sh',
      arguments: '-i',
      docker: 'abcdef0123456789abcdef012345678',
      pod: {
        namespace: 'shop',
        name: 'cart',
        uid: 'u1',
        container: { id: 'containerd://abcdef0123456789abcdef0123456789' },
      },
    },
    parent: { binary: '/usr/sbin/sshd' },
  },
  node_name: 'node-1',
  time: '2026-05-28T20:26:01.123456789Z',
};
const alert = {
  rule: 'Terminal shell in container',
  output: 'A shell was spawned',
  time: '2026-05-28T20:26:01.5Z',
  hostname: 'node-2',
  output_fields: { 'container.id': 'abcdef012345', 'k8s.ns.name': 'shop', 'k8s.pod.name': 'cart' },
};
const TIME = Date.parse('2026-05-28T20:26:01Z') * 1000;

const peek = (value: unknown) => peekEvent(Buffer.from(JSON.stringify(value)));

test('reads a Tetragon event', () => {
  expect(peek(exec)).toEqual({
    sensor: 'tetragon',
    kind: 'exec',
    time: TIME + 123_456,
    node: 'node-1',
    namespace: 'shop',
    pod: 'cart',
    podUid: 'u1',
    container: 'abcdef0123456789abcdef0123456789',
    texts: ['/bin/sh -i', '/usr/sbin/sshd'],
  });
});

test('reads a Falco alert', () => {
  expect(peek(alert)).toEqual({
    sensor: 'falco',
    kind: 'alert',
    time: TIME + 500_000,
    node: 'node-2',
    namespace: 'shop',
    pod: 'cart',
    podUid: null,
    container: 'abcdef012345',
    texts: ['Terminal shell in container', 'A shell was spawned'],
  });
});

test('an alert of the host has no container', () => {
  const onHost = { ...alert, output_fields: { 'container.id': 'host' } };
  expect(peek(onHost)?.container).toBeNull();
});

test.each([
  ['a docker log', { log: `${JSON.stringify(exec)}\n`, stream: 'stdout' }],
  ['an envelope in an envelope', { message: JSON.stringify({ event: exec }) }],
])('looks into %s', (_name, envelope) => {
  expect(peek(envelope)).toEqual(peek(exec));
});

test('strips what a carrier puts in front', () => {
  const line = `2025-02-03T04:05:06.123456789Z stdout F ${JSON.stringify(exec)}`;
  expect(peekEvent(Buffer.from(line))).toEqual(peek(exec));
});

test('asks the carrier for what the event does not say', () => {
  const { node_name: _node, time: _time, ...bare } = exec;
  const envelope = {
    log: JSON.stringify(bare),
    date: TIME / 1e6,
    kubernetes: { host: 'node-9' },
  };
  expect(peek(envelope)).toEqual({ ...peek(exec), node: 'node-9', time: TIME });
  expect(peek({ ...bare, time: exec.time, kubernetes: { host: 'node-9' } })?.node).toBe('node-9');
  expect(peek([TIME / 1e6, exec])).toEqual(peek(exec));
  const line = `2026-05-28T20:26:01.5Z stdout F ${JSON.stringify(bare)}`;
  expect(peekEvent(Buffer.from(line))?.time).toBe(TIME + 500_000);
});

test.each([
  [
    'an exit by its own time',
    { process_exit: { process: {}, time: '2026-05-28T20:26:01Z' } },
    TIME,
  ],
  [
    'an exec by its start',
    { process_exec: { process: { start_time: '2026-05-28T20:26:01Z' } } },
    TIME,
  ],
  ['the zero time of Go is none', { ...exec, time: '0001-01-01T00:00:00Z' }, null],
])('%s', (_, event, time) => {
  expect(peek(event)?.time).toBe(time);
});

test('messages of a sensor about itself have no place but their node', () => {
  const throttle = {
    process_throttle: { cgroup: 'a.slice' },
    node_name: 'node-1',
    time: exec.time,
  };
  expect(peek(throttle)).toMatchObject({
    kind: 'health',
    node: 'node-1',
    namespace: null,
    container: null,
    texts: ['a.slice'],
  });
});

test.each([
  '',
  '{',
  '[]',
  'null',
  '"x"',
  '{"a":1}',
  '{"rule":1}',
  '{"process_foo":1}',
  '{"log":{"log":{"log":{}}}}',
])('%j is no event', (text) => {
  expect(peekEvent(Buffer.from(text))).toBeNull();
});
