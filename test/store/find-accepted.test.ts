// Whatever the sensors accept is found by what they read: by its node, its container and its pod.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { splitBody } from '../../src/ingest/split-records.ts';
import type { SecurityEvent } from '../../src/model/security-event.ts';
import { createSensorsRoom } from '../../src/sensors/sensors-room.ts';
import type { EventFilter } from '../../src/store/ports.ts';
import { alert, CONTAINER_ID, exec, exit, HTTP_ORIGIN, kprobe } from '../sensors/samples.ts';
import { openLocal } from './local-store.ts';
import { batchOf, EVERYTHING, partOf } from './sample-batch.ts';

const ANY: EventFilter = { pod: null, node: null, container: null, from: null, to: null };
const ID = CONTAINER_ID.slice(0, 12);
const DATA = join(import.meta.dirname, '../../../shared/data/events');

/** Each accepted event with the places at which the list for each of its values shows it. */
function search(recordBytes: readonly Uint8Array[]) {
  const store = openLocal();
  const part = partOf(
    recordBytes.map((bytes) => Buffer.from(bytes)),
    HTTP_ORIGIN,
  );
  const room = createSensorsRoom({ faults: new Set() });
  const { arrivals } = room.step({ sequence: 1, parts: [part] });
  store.commit(batchOf(1, [part], { arrivals }));
  const events = arrivals.flatMap((arrival) =>
    arrival.outcome === 'accepted' ? [arrival.event] : [],
  );
  const list = (filter: Partial<EventFilter>): ReadonlySet<number> => {
    const indexes = new Set<number>();
    let token: string | null = null;
    do {
      const query = { ...ANY, ...filter };
      const page = store.reader.listEvents(EVERYTHING, query, { size: 100, token });
      for (const item of page.items) indexes.add(item.journal.index);
      token = page.nextPageToken;
    } while (token !== null);
    return indexes;
  };
  const lists = new Map<string, ReadonlySet<number>>();
  const missing = events.flatMap((event) =>
    filtersOf(event).flatMap((filter) => {
      const key = JSON.stringify(filter);
      const found = lists.get(key) ?? list(filter);
      lists.set(key, found);
      return found.has(event.journal.index) ? [] : [{ filter, index: event.journal.index }];
    }),
  );
  store.writer.close();
  return { missing, accepted: events.length };
}

function filtersOf(event: SecurityEvent): readonly Partial<EventFilter>[] {
  const { node, container, pod } = event;
  const filters: Partial<EventFilter>[] = [{}];
  if (node !== '') filters.push({ node });
  if (container !== null) filters.push({ container: container.id });
  if (pod !== null) filters.push({ pod: `${pod.namespace}/${pod.name}` });
  // What has a slash is taken for namespace and name; no UID of Kubernetes has one.
  if (pod?.uid?.includes('/') === false) filters.push({ pod: pod.uid });
  return filters;
}

const bytesOf = (value: unknown): Buffer =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));

const withoutFields = Object.fromEntries(
  Object.entries(alert()).filter(([name]) => name !== 'output_fields'),
);
const inPod = { namespace: 'shop', name: 'cart', container: { id: '' } };

test.each([
  ['an alert without output fields', withoutFields],
  [
    'a pod that the metadata plugin names',
    alert({
      'k8s.ns.name': null,
      'k8s.pod.name': '<NA>',
      'k8smeta.ns.name': 'shop',
      'k8smeta.pod.name': 'bill',
    }),
  ],
  ['an empty full id', alert({ 'container.full_id': '', 'container.id': ID })],
  ['a missing full id', alert({ 'container.full_id': '<NA>', 'container.id': ID })],
  ['an id in capitals', alert({ 'container.id': ID.toUpperCase() })],
  ['a pod without container id', exec({ docker: ID, pod: inPod })],
  ['a node with NUL', exec({}, { node_name: 'no\0de-1' })],
  ['a hidden node', JSON.stringify(exec()).replace('"node-1"', '"\\u006eode-1"')],
  ['a null kind in front', `{"process_foo":null,${JSON.stringify(exec()).slice(1)}`],
  ['no place at all', exec({ pod: null, docker: '' })],
  ['half a surrogate pair', exec({}, { node_name: 'node-\ud800' })],
  ['a namespace with a slash', exec({ pod: { namespace: 'a/b', name: 'c' } })],
  ['an endless node name', exec({}, { node_name: 'n'.repeat(5000) })],
])('finds %s', (_name, value) => {
  expect(search([bytesOf(value)])).toEqual({ missing: [], accepted: 1 });
});

const TEXTS = [
  '',
  '<NA>',
  'host',
  'ABC',
  'a\0b',
  `docker://${ID}`,
  'a://b/c',
  'é\u212a',
  '\ud800x',
];
const value = fc.oneof(
  fc.constantFrom<unknown>(null, 7, true, [], {}, ['x']),
  fc.constantFrom(...TEXTS),
  fc.string({ maxLength: 6 }),
);
const optional = (names: readonly string[]) =>
  fc.record(Object.fromEntries(names.map((name) => [name, value])), { requiredKeys: [] });

const falcoFields = optional([
  'container.id',
  'container.full_id',
  ...['k8s', 'k8smeta'].flatMap((prefix) => [
    `${prefix}.ns.name`,
    `${prefix}.pod.name`,
    `${prefix}.pod.uid`,
  ]),
]);
const pod = fc
  .tuple(optional(['namespace', 'name', 'uid']), optional(['id']))
  .map(([names, container]) => Object.assign(names, { container }));
const odd = fc.oneof(
  fc
    .tuple(falcoFields, optional(['hostname', 'output_fields', 'rule', 'output', 'priority']))
    .map(([fields, changes]) => alert(fields, changes)),
  fc
    .tuple(fc.record({ docker: value, pod }), optional(['node_name', 'process_foo', 'rule']))
    .map(([process, changes]) => exec(process, changes)),
);

test('finds every odd record that is accepted', () => {
  fc.assert(
    fc.property(fc.array(odd, { minLength: 20, maxLength: 40 }), (values) => {
      expect(search(values.map(bytesOf)).missing).toEqual([]);
    }),
    { numRuns: 15, endOnFailure: true },
  );
});

test('finds every sample, also those recorded elsewhere', () => {
  const files = existsSync(DATA)
    ? readdirSync(DATA, { recursive: true, encoding: 'utf8' }).filter((file) =>
        /\.(?:ndjson|json|log)$/.test(file),
      )
    : [];
  const recorded = files.flatMap((file) => splitBody(readFileSync(join(DATA, file))).slice(0, 400));
  const own = [alert(), exec(), exit(), kprobe()].map(bytesOf);
  const { missing, accepted } = search([...own, ...recorded]);
  expect(accepted).toBeGreaterThanOrEqual(own.length);
  expect(missing).toEqual([]);
});
