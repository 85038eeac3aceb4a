import { describe, expect, test } from 'vitest';
import type { IncidentChange } from '../../src/model/incident.ts';
import type { IncidentFilter } from '../../src/store/ports.ts';
import {
  eventBatch,
  EVERYTHING,
  FIRST_PAGE,
  sampleAudit,
  sampleFinding,
  sampleIncident,
  T0,
} from './sample-batch.ts';
import { type LocalStore, openLocal } from './local-store.ts';

const ANY: IncidentFilter = {
  states: null,
  severityMin: null,
  severities: null,
  namespace: null,
  from: null,
  to: null,
  orderBy: '-risk',
};

/** Five incidents a to e: risk 10, 50, 50, 90, 30. */
function filledStore(): LocalStore {
  const store = openLocal();
  const other = { ...sampleIncident('e').where, cluster: 'test', namespace: 'bank' };
  const incidents = [
    sampleIncident('a', { risk: 10, severity: 'low', firstTime: T0 + 5, lastTime: T0 + 50 }),
    sampleIncident('b', { risk: 50, severity: 'high', firstTime: T0 + 4, lastTime: T0 + 40 }),
    sampleIncident('c', { risk: 50, severity: 'medium', state: 'closed', lastTime: T0 + 30 }),
    sampleIncident('d', { risk: 90, severity: 'critical', lastTime: T0 + 20 }),
    sampleIncident('e', { risk: 30, severity: 'high', where: other, lastTime: T0 + 10 }),
  ];
  store.commit(eventBatch(1, [{}], { incidents }));
  return store;
}

const numbersOf = (store: LocalStore, filter: Partial<IncidentFilter>, scope = EVERYTHING) =>
  store.reader
    .listIncidents(scope, { ...ANY, ...filter }, FIRST_PAGE)
    .items.map((incident) => incident.number);

describe('listing incidents', () => {
  test.each([
    ['highest risk first', {}, [4, 3, 2, 5, 1]],
    ['newest first', { orderBy: '-last_time' as const }, [1, 2, 3, 4, 5]],
    ['oldest first', { orderBy: 'first_time' as const }, [3, 4, 5, 2, 1]],
    ['by state', { states: ['closed', 'merged'] }, [3]],
    ['by least severity', { severityMin: 'high' as const }, [4, 2, 5]],
    ['by severities', { severities: ['low' as const, 'medium' as const] }, [3, 1]],
    ['by namespace', { namespace: 'bank' }, [5]],
    ['by span', { from: T0 + 30, to: T0 + 3 }, [3]],
  ])('%s', (_name, filter, expected) => {
    expect(numbersOf(filledStore(), filter)).toEqual(expected);
  });

  test('in pages of any size it is the same list', () => {
    const store = filledStore();
    for (const orderBy of ['-risk', '-last_time', 'first_time'] as const) {
      for (const size of [1, 2, 4]) {
        const seen: number[] = [];
        let token: string | null = null;
        do {
          const page = store.reader.listIncidents(EVERYTHING, { ...ANY, orderBy }, { size, token });
          seen.push(...page.items.map((incident) => incident.number));
          token = page.nextPageToken;
        } while (token !== null);
        expect(seen).toEqual(numbersOf(store, { orderBy }));
      }
    }
  });

  test('each scope sees its clusters', () => {
    const store = filledStore();
    const test1 = { clusters: ['test'] };
    expect(store.reader.listIncidents(test1, ANY, FIRST_PAGE).items).toHaveLength(1);
    expect(store.reader.getIncident(test1, '5')).not.toBeNull();
    expect(store.reader.getIncident(test1, '4')).toBeNull();
    expect(store.reader.getIncident(test1, sampleIncident('d').id)).toBeNull();
    expect(store.reader.status(test1).incidents).toEqual({ new: 1 });
    expect(store.reader.status(EVERYTHING).incidents).toEqual({ closed: 1, new: 4 });
  });

  test('an order that does not exist is refused', () => {
    const orderBy = 'risk; DROP TABLE incident' as '-risk';
    expect(() => numbersOf(filledStore(), { orderBy })).toThrow('There is no order');
  });
});

test.each(['2', 'INC-2', 'inc-2', sampleIncident('b').id])('%s names the incident', (reference) => {
  expect(filledStore().reader.getIncident(EVERYTHING, reference)).toMatchObject({
    number: 2,
    title: 'Shell in b',
  });
});

test.each(['0', '99', 'INC-', '', "' OR 1=1", '9'.repeat(40)])('%j names none', (reference) => {
  expect(filledStore().reader.getIncident(EVERYTHING, reference)).toBeNull();
});

function storyStore() {
  const store = openLocal();
  const incident = sampleIncident('cart');
  const change = (overrides: Partial<IncidentChange>): IncidentChange => ({
    incidentId: incident.id,
    reason: 'opened',
    at: T0 + 2_000_000,
    cause: 'finding',
    sentence: 'It was opened.',
    ...overrides,
  });
  const batch = eventBatch(1, [{}, {}]);
  const [first, second] = batch.samples.map(({ event }) => event);
  if (first === undefined || second === undefined) throw new Error('The batch has no events.');
  store.commit({
    ...batch,
    placed: [
      {
        finding: sampleFinding(second, { level: 'low', ruleId: 'other' }),
        incidentId: incident.id,
      },
      { finding: sampleFinding(first), incidentId: incident.id },
    ],
    incidents: [incident],
    changes: [change({}), change({ reason: 'finding-added' })],
  });
  const note = sampleAudit(incident.id, 'action-1');
  store.commit(
    eventBatch(2, [{}], {
      incidents: [{ ...incident, version: 2 }],
      changes: [change({ reason: 'noted', cause: 'action-1', at: T0 + 9_000_000 })],
      audit: [note],
      folded: [
        {
          incidentId: incident.id,
          ruleId: 'shell',
          count: 7,
          firstTime: T0 + 3_000_000,
          lastTime: T0 + 4_000_000,
          journal: [{ sequence: 2, index: 0 }],
          reason: 'evidence-limit',
        },
      ],
    }),
  );
  return { store, incident };
}

describe('the story of an incident', () => {
  test('is told in the order of time', () => {
    const { store, incident } = storyStore();
    const entries = store.reader.timeline(EVERYTHING, incident.id);
    expect(entries.map(({ kind, sentence, count }) => [kind, sentence, count])).toEqual([
      ['finding', 'sh was started in shop/cart (1.0).', 1],
      ['finding', 'sh was started in shop/cart (1.1).', 1],
      ['change', 'It was opened.', 1],
      ['folded', '7 more of "A shell was started in a container" until 20:26:44', 7],
      ['note', 'alice: Known deployment.', 1],
    ]);
    expect(store.reader.timeline({ clusters: ['other'] }, incident.id)).toEqual([]);
  });

  test('of a survivor has what was merged into it', () => {
    const { store, incident } = storyStore();
    const survivor = sampleIncident('survivor', {
      links: [{ incidentId: incident.id, reason: 'merged-from' }],
    });
    store.commit(eventBatch(3, [{}], { incidents: [survivor] }));
    expect(store.reader.listFindings(EVERYTHING, survivor.id)).toHaveLength(2);
    expect(store.reader.listAudit(EVERYTHING, survivor.id)).toHaveLength(1);
    expect(store.reader.incidentEvents(EVERYTHING, survivor.id, FIRST_PAGE).items).toHaveLength(3);
  });
});
