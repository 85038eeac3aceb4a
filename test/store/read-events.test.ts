import { describe, expect, test } from 'vitest';
import type { EventFilter, StoredEvent } from '../../src/store/ports.ts';
import { stableId } from '../../src/lib/stable-id.ts';
import {
  batchOf,
  eventBatch,
  eventsOrigin,
  EVERYTHING,
  FIRST_PAGE,
  partOf,
  sampleEvent,
  sampleFinding,
  sampleIncident,
  type SampleOptions,
  T0,
} from './sample-batch.ts';
import { type LocalStore, openLocal } from './local-store.ts';

const ANY: EventFilter = { pod: null, node: null, container: null, from: null, to: null };
const placeOf = (event: StoredEvent): string => `${event.journal.sequence}.${event.journal.index}`;

/** Walks all pages and says how many there were. */
function listAll(store: LocalStore, filter: Partial<EventFilter>, size = 50) {
  const items: StoredEvent[] = [];
  let token: string | null = null;
  let pages = 0;
  do {
    const page = store.reader.listEvents(EVERYTHING, { ...ANY, ...filter }, { size, token });
    items.push(...page.items);
    token = page.nextPageToken;
    pages += 1;
  } while (token !== null && pages < 100);
  return { places: items.map(placeOf), items, pages };
}

const CART: SampleOptions = { pod: 'cart-1', node: 'node-1', containerId: 'aaaaaaaaaaaa11112222' };
const BILL: SampleOptions = { pod: 'bill-1', node: 'node-2', containerId: 'bbbbbbbbbbbb11112222' };

/** Rows 1 to 3: cart, bill, cart; of row 2 the bill event is evidence. */
function filledStore(): LocalStore {
  const store = openLocal();
  const incident = sampleIncident('bill');
  for (const sequence of [1, 2, 3]) {
    const batch = eventBatch(sequence, [CART, BILL, CART]);
    const bill = batch.samples[1]?.event;
    if (bill === undefined) throw new Error('The batch has no second event.');
    const placed = [{ finding: sampleFinding(bill), incidentId: incident.id }];
    store.commit(sequence === 2 ? { ...batch, placed, incidents: [incident] } : batch);
  }
  return store;
}

describe('listing events', () => {
  test('shows every accepted record once, newest first, evidence in its place', () => {
    const { items, places } = listAll(filledStore(), {});
    expect(places).toEqual(['3.2', '3.1', '3.0', '2.2', '2.1', '2.0', '1.2', '1.1', '1.0']);
    expect(items.filter((item) => item.source === 'evidence').map(placeOf)).toEqual(['2.1']);
    expect(items[0]).toMatchObject({
      pod: 'cart-1',
      namespace: 'shop',
      node: 'node-1',
      kind: 'exec',
    });
  });

  test.each([
    ['pod', { pod: 'shop/bill-1' }, ['3.1', '2.1', '1.1']],
    ['node', { node: 'node-2' }, ['3.1', '2.1', '1.1']],
    ['container', { container: 'bbbbbbbbbbbb' }, ['3.1', '2.1', '1.1']],
    ['container given longer', { container: 'bbbbbbbbbbbb11112222' }, ['3.1', '2.1', '1.1']],
    ['pod and another node', { pod: 'shop/bill-1', node: 'node-1' }, []],
    ['an unknown pod', { pod: 'shop/none' }, []],
    ['from a time', { from: T0 + 3_000_001 }, ['3.2', '3.1']],
    ['to a time', { to: T0 + 1_000_001 }, ['1.1', '1.0']],
    ['pod in a span', { pod: 'shop/bill-1', from: T0 + 2_000_000, to: T0 + 2_999_999 }, ['2.1']],
  ])('by %s', (_name, filter, expected) => {
    expect(listAll(filledStore(), filter).places).toEqual(expected);
  });

  test('gives the same list in pages of any size', () => {
    const store = filledStore();
    const whole = listAll(store, { pod: 'shop/cart-1' }).places;
    for (const size of [1, 2, 3, 5]) {
      expect(listAll(store, { pod: 'shop/cart-1' }, size).places).toEqual(whole);
    }
  });

  test('goes on with the evidence where the journal has ended', () => {
    const store = filledStore();
    for (const sequence of [1, 2, 3]) {
      store.writer.saveSnapshot({ ...NO_STATE, sequence, heldFromSequence: 4 });
    }
    const { file } = store;
    store.writer.close();
    const later = openLocal({ file, retention: { keepMs: 0, keepBytes: 0 } });
    expect(later.writer.retainStep(T0 + 1_000_000)).toBe(3);
    expect(listAll(later, {}).places).toEqual(['2.1']);
    expect(listAll(later, { pod: 'shop/cart-1' }).places).toEqual([]);
  });

  test('finds a pod that only the join knew, by name and UID', () => {
    const store = openLocal();
    const incident = sampleIncident('x');
    const batch = eventBatch(1, [
      { containerId: 'dddddddddddd1111' },
      { containerId: 'dddddddddddd1111' },
      {},
    ]);
    const [first] = batch.steps;
    if (first?.kind !== 'event') throw new Error('The batch has no event.');
    const pod = { ...UNRESOLVED, namespace: 'real', podName: 'joined-1', podUid: 'uid-1' };
    const enrichments = [{ pod, lineage: null, join: null }, null, null];
    const placed = [{ finding: sampleFinding(first.event), incidentId: incident.id }];
    store.commit({ ...batch, enrichments, placed, incidents: [incident] });
    expect(listAll(store, { pod: 'real/joined-1' }).places).toEqual(['1.0']);
    // By the UID also what else its container did, though no sensor named the pod.
    expect(listAll(store, { pod: 'uid-1' }).places).toEqual(['1.1', '1.0']);
  });

  test('leaves out what was refused, skipped or a copy', () => {
    const store = openLocal();
    const good = sampleEvent({ sequence: 1, index: 0 });
    const part = partOf([good.bytes, good.bytes, Buffer.from('{'), Buffer.from('log')]);
    const rejection = { code: 'invalid-json' as const, detail: '' };
    store.commit(
      batchOf(1, [part], {
        arrivals: [
          { outcome: 'accepted', event: good.event },
          { outcome: 'duplicate', event: good.event },
          { outcome: 'rejected', rejection },
          { outcome: 'skipped', reason: 'log-line' },
        ],
      }),
    );
    expect(listAll(store, {}).places).toEqual(['1.0']);
  });

  test('shows each scope its clusters only', () => {
    const store = openLocal();
    store.commit(eventBatch(1, [{ cluster: 'prod' }, { cluster: 'test' }, { cluster: 'prod' }]));
    const prod = { clusters: ['prod'] };
    const seen = (filter: EventFilter) =>
      store.reader.listEvents(prod, filter, FIRST_PAGE).items.map(placeOf);
    expect(seen(ANY)).toEqual(['1.2', '1.0']);
    expect(seen({ ...ANY, pod: 'shop/cart-7d9f' })).toEqual(['1.2', '1.0']);
    expect(store.reader.listEvents({ clusters: [] }, ANY, FIRST_PAGE).items).toEqual([]);
  });

  test('finds evidence by any part of its text', () => {
    const store = filledStore();
    expect(listAll(store, { text: 'echo 2.1' }).places).toEqual(['2.1']);
    expect(listAll(store, { text: 'CHO 2.' }).places).toEqual(['2.1']);
    expect(listAll(store, { text: 'echo 3' }).places).toEqual([]);
    expect(listAll(store, { text: '"; DROP' }).places).toEqual([]);
    expect(listAll(store, { text: 'ab' }).places).toEqual([]);
  });

  test('a token belongs to its query and can not be forged', () => {
    const store = filledStore();
    const page = store.reader.listEvents(EVERYTHING, ANY, { size: 2, token: null });
    const token = page.nextPageToken ?? '';
    const open = (filter: EventFilter, text: string) => () =>
      store.reader.listEvents(EVERYTHING, filter, { size: 2, token: text });
    const refusal = expect.objectContaining({ code: 'bad-page-token' });
    expect(open({ ...ANY, node: 'node-1' }, token)).toThrow(refusal);
    expect(open(ANY, `${token}x`.slice(4))).toThrow(refusal);
    expect(open(ANY, 'WyJhIl0')).toThrow(refusal);
    expect(open(ANY, token)().items.map(placeOf)).toEqual(['3.0', '2.2']);
  });
});

const NO_STATE = {
  engine: '1',
  ruleSetHash: '',
  settingsHash: '',
  receivedAt: T0,
  state: Buffer.from('x'),
  blocks: [],
};

const UNRESOLVED = {
  state: 'resolved' as const,
  method: 'container-id' as const,
  confidence: 'exact' as const,
  podUid: null,
  namespace: null,
  podName: null,
  workload: null,
  workloadKind: null,
  serviceAccount: null,
  containerId: null,
  containerName: null,
  containerKind: null,
  image: null,
  labels: null,
};

/** One event is evidence; of two further rows the events are folded. */
function foldedStore() {
  const store = openLocal();
  const incident = sampleIncident('cart');
  const fold = (journal: { sequence: number; index: number }[]) => ({
    incidentId: incident.id,
    ruleId: 'shell',
    count: journal.length,
    firstTime: T0,
    lastTime: T0,
    journal,
    reason: 'evidence-limit' as const,
  });
  const first = eventBatch(1, [{}, {}]);
  const [sample] = first.samples;
  if (sample === undefined) throw new Error('The batch has no event.');
  const placed = [{ finding: sampleFinding(sample.event), incidentId: incident.id }];
  store.commit({
    ...first,
    placed,
    incidents: [incident],
    folded: [fold([{ sequence: 1, index: 1 }])],
  });
  const refs = [0, 1, 2].map((index) => ({ sequence: 2, index }));
  // Row 1's first event is named again by another rule's folded finding.
  const folded = [fold([{ sequence: 1, index: 0 }, ...refs])];
  store.commit(eventBatch(2, [{}, {}, {}], { folded, incidents: [incident] }));
  return { store, incident };
}

describe('events of an incident', () => {
  test('lists the evidence, then the folded ones from the journal, each once', () => {
    const { store, incident } = foldedStore();
    const { items, nextPageToken } = store.reader.incidentEvents(
      EVERYTHING,
      incident.id,
      FIRST_PAGE,
    );
    expect(items.map((item) => [placeOf(item), item.source])).toEqual([
      ['1.0', 'evidence'],
      ['1.1', 'journal'],
      ['2.0', 'journal'],
      ['2.1', 'journal'],
      ['2.2', 'journal'],
    ]);
    expect(nextPageToken).toBeNull();
  });

  test('gives the same list in pages of any size', () => {
    const { store, incident } = foldedStore();
    for (const size of [1, 2, 3, 4]) {
      const places: string[] = [];
      let token: string | null = null;
      do {
        const page = store.reader.incidentEvents(EVERYTHING, incident.id, { size, token });
        places.push(...page.items.map(placeOf));
        token = page.nextPageToken;
      } while (token !== null);
      expect(places).toEqual(['1.0', '1.1', '2.0', '2.1', '2.2']);
    }
  });

  test('keeps an earlier event that a correlation stands on', () => {
    const store = openLocal();
    const incident = sampleIncident('cart');
    store.commit(eventBatch(1, [{ arguments: '-c whoami' }]));
    const second = eventBatch(2, [{}]);
    const early = sampleEvent({ sequence: 1, index: 0 }, { arguments: '-c whoami' }).event;
    const [late] = second.samples;
    if (late === undefined) throw new Error('The batch has no event.');
    const events = [early, late.event].map(({ id, time, journal }) => ({
      eventId: id,
      time,
      journal,
    }));
    const finding = sampleFinding(late.event, { kind: 'correlation', events });
    store.commit({
      ...second,
      placed: [{ finding, incidentId: incident.id }],
      incidents: [incident],
    });
    const { items } = store.reader.incidentEvents(EVERYTHING, incident.id, FIRST_PAGE);
    expect(items.map(placeOf)).toEqual(['1.0', '2.0']);
    expect(items[0]).toMatchObject({
      eventId: stableId(['event', '1', '0', 'default']),
      source: 'evidence',
      sensor: 'tetragon',
      pod: 'cart-7d9f',
    });
    expect(listAll(store, { text: 'whoami' }).places).toEqual(['1.0']);
  });

  test('is empty for who may not see the incident', () => {
    const { store, incident } = foldedStore();
    const page = store.reader.incidentEvents({ clusters: ['other'] }, incident.id, FIRST_PAGE);
    expect(page).toEqual({ items: [], nextPageToken: null });
  });
});

test('an unusual origin has no events to list', () => {
  const store = openLocal();
  const part = partOf([Buffer.from('{"kind":"tick"}')], { kind: 'clock' });
  const control = { kind: 'end' as const };
  const journal = { sequence: 1, index: 0 };
  store.commit(
    batchOf(1, [part, partOf([], eventsOrigin())], {
      arrivals: [{ outcome: 'control', control, journal }],
    }),
  );
  expect(listAll(store, {}).places).toEqual([]);
  expect(store.reader.status(EVERYTHING).events.received).toBe(0);
});
