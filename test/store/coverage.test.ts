import { describe, expect, test } from 'vitest';
import { encodeOutput } from '../../src/store/encode-output.ts';
import { StoreError } from '../../src/store/store-error.ts';
import { openLocal } from './local-store.ts';
import {
  batchOf,
  eventBatch,
  EVERYTHING,
  FIRST_PAGE,
  sampleFinding,
  sampleGap,
  sampleIncident,
  T0,
} from './sample-batch.ts';

const MINUTE = 60_000_000;
const DAY = 1440 * MINUTE;
const ALL = { cluster: null, node: null, from: null, to: null };

describe('coverage gaps', () => {
  test('are stored with their batch and stand as they were written last', () => {
    const { commit, reader } = openLocal();
    const gap = sampleGap();
    commit(batchOf(1, [], { gaps: [gap] }));
    commit(batchOf(2, []));
    const grown = { ...gap, from: gap.from - 1, to: gap.to + 1, lost: 9 };
    commit(batchOf(3, [], { gaps: [grown, sampleGap({ node: 'node-2', lost: null })] }));
    const { items } = reader.listCoverage(EVERYTHING, ALL, FIRST_PAGE);
    expect(items).toEqual([grown, sampleGap({ node: 'node-2', lost: null })]);
  });

  test('change the hash of a result only where there are any', () => {
    const without = encodeOutput(batchOf(1, [])).text;
    expect(without).toBe(
      '{"placed":[],"folded":[],"incidents":[],"changes":[],"audit":[],"receipts":[]}',
    );
    expect(encodeOutput(batchOf(1, [], { gaps: [sampleGap()] })).text).not.toBe(without);
  });

  test('are counted from a time on, within the scope', () => {
    const { commit, reader } = openLocal();
    commit(batchOf(1, [], { gaps: [sampleGap()] }));
    expect(reader.countCoverage(EVERYTHING, T0)).toBe(1);
    expect(reader.countCoverage(EVERYTHING, T0 + MINUTE + 1)).toBe(0);
    expect(reader.countCoverage({ clusters: ['other'] }, T0)).toBe(0);
  });

  test('are listed by cluster, node and time, within the scope', () => {
    const { commit, reader } = openLocal();
    const early = sampleGap({ from: T0 - 10 * MINUTE, to: T0 - 9 * MINUTE });
    const late = sampleGap({ from: T0 + 9 * MINUTE, to: T0 + 10 * MINUTE, node: 'node-2' });
    const other = sampleGap({ cluster: 'other' });
    commit(batchOf(1, [], { gaps: [early, late, other] }));
    const list = (
      filter: object,
      scope = EVERYTHING as Parameters<typeof reader.listCoverage>[0],
    ) => reader.listCoverage(scope, { ...ALL, ...filter }, FIRST_PAGE).items;
    expect(list({})).toEqual([late, other, early]);
    expect(list({ node: 'node-1' })).toEqual([other, early]);
    expect(list({ cluster: 'other' })).toEqual([other]);
    expect(list({ from: T0 - 9 * MINUTE })).toEqual([late, other, early]);
    expect(list({ from: T0 - 9 * MINUTE + 1 })).toEqual([late, other]);
    expect(list({ to: T0 })).toEqual([other, early]);
    expect(list({ to: T0 - 1 })).toEqual([early]);
    expect(list({}, { clusters: ['other'] })).toEqual([other]);
    expect(list({ cluster: 'default' }, { clusters: ['other'] })).toEqual([]);
  });

  test('come in pages, each once', () => {
    const { commit, reader } = openLocal();
    const gaps = Array.from({ length: 7 }, (_, index) =>
      sampleGap({ node: `node-${index}`, to: T0 + Math.floor(index / 3) }),
    );
    commit(batchOf(1, [], { gaps }));
    const seen: string[] = [];
    let token: string | null = null;
    do {
      const page = reader.listCoverage(EVERYTHING, ALL, { size: 2, token });
      seen.push(...page.items.map((gap) => gap.node));
      token = page.nextPageToken;
    } while (token !== null);
    expect(seen.toSorted()).toEqual(gaps.map((gap) => gap.node));
    const { nextPageToken } = reader.listCoverage(EVERYTHING, ALL, { size: 2, token: null });
    const ofOther = { size: 2, token: nextPageToken };
    const filter = { ...ALL, node: 'node-1' };
    expect(() => reader.listCoverage(EVERYTHING, filter, ofOther)).toThrow(StoreError);
  });

  test('that are open are met for a day', () => {
    const { commit, reader } = openLocal();
    commit(batchOf(1, [], { gaps: [sampleGap({ to: T0, open: true })] }));
    const after = (from: number) =>
      reader.listCoverage(EVERYTHING, { ...ALL, from }, FIRST_PAGE).items.length;
    expect(after(T0 + DAY)).toBe(1);
    expect(after(T0 + DAY + 1)).toBe(0);
  });
});

/** One incident that began and ended at T0, on two nodes of one cluster. */
function storeWithIncident() {
  const store = openLocal();
  const incident = sampleIncident('cart', { firstTime: T0, lastTime: T0 });
  const batch = eventBatch(1, [
    { node: 'node-1', time: T0 },
    { node: 'node-2', time: T0 },
  ]);
  const placed = batch.samples.map(({ event }) => ({
    finding: sampleFinding(event),
    incidentId: incident.id,
  }));
  store.commit({ ...batch, placed, incidents: [incident] });
  return { ...store, incident };
}

describe('the coverage of an incident', () => {
  test('is that of the nodes on which it happened, and of sensors that named none', () => {
    const { commit, reader, incident } = storeWithIncident();
    const gaps = ['node-1', 'node-2', 'node-3', ''].map((node) => sampleGap({ node }));
    commit(batchOf(2, [], { gaps: [...gaps, sampleGap({ cluster: 'other' })] }));
    const found = reader.incidentCoverage(EVERYTHING, incident.id);
    expect(found.map((gap) => gap.node).toSorted()).toEqual(['', 'node-1', 'node-2']);
    expect(reader.incidentCoverage({ clusters: ['other'] }, incident.id)).toEqual([]);
    expect(reader.incidentCoverage(EVERYTHING, 'nobody')).toEqual([]);
  });

  test.each([
    ['ends 5 min before it', { from: -9, to: -5, isShown: true }],
    ['ends earlier', { from: -9, to: -5.001, isShown: false }],
    ['begins 5 min behind it', { from: 5, to: 9, isShown: true }],
    ['begins later', { from: 5.001, to: 9, isShown: false }],
    ['spans it', { from: -600, to: 600, isShown: true }],
  ])('holds a gap that %s: %j', (_name, { from, to, isShown }) => {
    const { commit, reader, incident } = storeWithIncident();
    const gap = sampleGap({ from: T0 + from * MINUTE, to: T0 + to * MINUTE });
    commit(batchOf(2, [], { gaps: [gap] }));
    expect(reader.incidentCoverage(EVERYTHING, incident.id)).toEqual(isShown ? [gap] : []);
  });

  test('holds the nodes of what it took in', () => {
    const { commit, reader, incident } = storeWithIncident();
    const links = [{ incidentId: incident.id, reason: 'merged-from' as const }];
    const survivor = sampleIncident('survivor', {
      links,
      where: { ...incident.where, node: null },
    });
    commit(batchOf(2, [], { incidents: [survivor], gaps: [sampleGap({ node: 'node-2' })] }));
    expect(reader.incidentCoverage(EVERYTHING, survivor.id)).toHaveLength(1);
  });
});
