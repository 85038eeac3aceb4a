// Hand-written events in the shapes the sensors send, and a room to read them with.
import type { Arrival } from '../../src/model/batch.ts';
import type { EventsOrigin } from '../../src/model/origin.ts';
import type { RawRecord } from '../../src/model/part.ts';
import type { SecurityEvent } from '../../src/model/security-event.ts';
import { createSensorsRoom } from '../../src/sensors/sensors-room.ts';

export const RECEIVED_AT = Date.UTC(2026, 4, 28, 20, 26, 30) * 1000;
export const CONTAINER_ID = '0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0';

type Json = Record<string, unknown>;

export const tetragonProcess = (changes: Json = {}): Json => ({
  exec_id: 'bm9kZS0xOjEyMzQ1Njc4OTo0MjQy',
  pid: 4242,
  uid: 0,
  cwd: '/srv',
  binary: '/usr/bin/curl',
  arguments: '-s http://203.0.113.7/x',
  flags: 'execve clone',
  start_time: '2026-05-28T20:26:00.900000100Z',
  auid: 4_294_967_295,
  pod: {
    namespace: 'shop',
    name: 'cart-7d9c5',
    uid: '6a6f0c1e-0000-4000-8000-000000000001',
    container: {
      id: `containerd://${CONTAINER_ID}`,
      name: 'cart',
      image: { id: 'sha256:1', name: 'registry.example/cart:1.2' },
      start_time: '2026-05-28T20:00:00Z',
      pid: 17,
    },
    pod_labels: { app: 'cart' },
    workload: 'cart',
    workload_kind: 'Deployment',
  },
  docker: CONTAINER_ID.slice(0, 31),
  parent_exec_id: 'bm9kZS0xOjEyMzQ1MDAwMDo0MjAw',
  refcnt: 1,
  tid: 4242,
  ...changes,
});

const parent: Json = {
  exec_id: 'bm9kZS0xOjEyMzQ1MDAwMDo0MjAw',
  pid: 4200,
  binary: '/bin/sh',
  arguments: '-c start',
  flags: 'execve',
  start_time: '2026-05-28T20:25:00Z',
};

const envelope = (kind: string, payload: Json, changes: Json): Json => ({
  [kind]: payload,
  node_name: 'node-1',
  time: '2026-05-28T20:26:01.000000200Z',
  ...changes,
});

export const exec = (process: Json = {}, changes: Json = {}): Json =>
  envelope('process_exec', { process: tetragonProcess(process), parent }, changes);

export const exit = (payload: Json = {}, changes: Json = {}): Json =>
  envelope(
    'process_exit',
    { process: tetragonProcess(), parent, signal: 'SIGKILL', ...payload },
    changes,
  );

export const kprobe = (payload: Json = {}, changes: Json = {}): Json =>
  envelope(
    'process_kprobe',
    {
      process: tetragonProcess(),
      parent,
      function_name: 'security_file_permission',
      args: [{ file_arg: { path: '/etc/shadow', permission: '-rw-r-----' } }, { int_arg: 4 }],
      return: { int_arg: 0 },
      action: 'KPROBE_ACTION_POST',
      policy_name: 'file-monitoring',
      ...payload,
    },
    changes,
  );

export const alert = (fields: Json = {}, changes: Json = {}): Json => ({
  hostname: 'node-1',
  output: '20:26:01.000000200: Notice A shell was spawned',
  output_fields: {
    'container.id': CONTAINER_ID.slice(0, 12),
    'container.image.repository': 'registry.example/cart',
    'container.image.tag': '1.2',
    'container.name': 'cart',
    'evt.time': 1_780_000_000_000_000_000,
    'evt.type': 'execve',
    'k8s.ns.name': 'shop',
    'k8s.pod.name': 'cart-7d9c5',
    'proc.cmdline': 'sh -c id',
    'proc.exepath': '/bin/dash',
    'proc.name': 'sh',
    'proc.pname': 'runc',
    'user.loginuid': -1,
    'user.name': 'root',
    'user.uid': 0,
    ...fields,
  },
  priority: 'Notice',
  rule: 'Terminal shell in container',
  source: 'syscall',
  tags: ['container', 'mitre_execution'],
  time: '2026-05-28T20:26:01.000000200Z',
  ...changes,
});

export const FILE_ORIGIN: EventsOrigin = {
  kind: 'events',
  carrier: 'file',
  partition: 'a.log',
  sensor: 'any',
  cluster: 'default',
  latenessMs: 5000,
};
export const HTTP_ORIGIN: EventsOrigin = { ...FILE_ORIGIN, carrier: 'http', partition: '' };

export const records = (...values: readonly (string | Uint8Array | object)[]): RawRecord[] =>
  values.map((value, position) => ({ bytes: bytesOf(value), position }));

function bytesOf(value: string | Uint8Array | object): Uint8Array {
  if (value instanceof Uint8Array) return value;
  return Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));
}

/** Reads records with a fresh room. */
export function arrivals(
  values: readonly (string | Uint8Array | object)[],
  origin: EventsOrigin = HTTP_ORIGIN,
): readonly Arrival[] {
  const room = createSensorsRoom({ faults: new Set() });
  const part = { origin, receivedAt: RECEIVED_AT, records: records(...values) };
  return room.step({ sequence: 7, parts: [part] }).arrivals;
}

/** Reads one record that must become an event. */
export function eventOf(value: string | Uint8Array | object, origin?: EventsOrigin): SecurityEvent {
  const [arrival] = arrivals([value], origin);
  if (arrival?.outcome !== 'accepted') throw new Error(`not accepted: ${JSON.stringify(arrival)}`);
  return arrival.event;
}

/** Code of a rejection, reason of a skip, else the outcome. */
export function verdictOf(value: string | Uint8Array | object, origin?: EventsOrigin): string {
  const [arrival] = arrivals([value], origin);
  if (arrival?.outcome === 'rejected') return arrival.rejection.code;
  return arrival?.outcome === 'skipped' ? arrival.reason : (arrival?.outcome ?? 'nothing');
}
