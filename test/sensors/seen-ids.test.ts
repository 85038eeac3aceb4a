import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { stableId } from '../../src/lib/stable-id.ts';
import { SeenIds } from '../../src/sensors/seen-ids.ts';

const id = (number: number): string => stableId([String(number)]);
const SECOND = 1_000_000;

describe('seen ids', () => {
  test('tell new from known', () => {
    const seen = new SeenIds();
    expect([seen.add(id(1)), seen.add(id(1)), seen.has(id(2))]).toEqual([true, false, false]);
  });

  test('are kept for their time of receipt, told by ticks alone', () => {
    const seen = new SeenIds({ idsMax: 100, forMs: 10_000 });
    seen.tick(0);
    seen.add(id(1));
    seen.tick(SECOND);
    seen.add(id(2));
    seen.tick(2 * SECOND);
    seen.tick(11 * SECOND - 1);
    expect([seen.has(id(1)), seen.has(id(2))]).toEqual([true, true]);
    seen.tick(11 * SECOND);
    expect([seen.has(id(1)), seen.has(id(2))]).toEqual([false, true]);
    seen.tick(12 * SECOND);
    expect(seen.size).toBe(0);
  });

  test('keep the newest when there are too many', () => {
    const seen = new SeenIds({ idsMax: 3, forMs: 1000 });
    for (const number of [1, 2, 3, 4]) seen.add(id(number));
    expect([1, 2, 3, 4].map((number) => seen.has(id(number)))).toEqual([false, true, true, true]);
  });
});

type Step = { readonly add: number } | { readonly tickAfter: number } | { readonly save: true };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 20, arbitrary: fc.record({ add: fc.integer({ min: 0, max: 60 }) }) },
  { weight: 4, arbitrary: fc.record({ tickAfter: fc.integer({ min: 0, max: 4 }) }) },
  { weight: 1, arbitrary: fc.constant({ save: true } as const) },
);

/** The plainest set with the same rules. */
class Model {
  private entries: { id: string; tickedAt: number | null }[] = [];
  add(value: string, idsMax: number): boolean {
    if (this.entries.some((entry) => entry.id === value)) return false;
    this.entries.push({ id: value, tickedAt: null });
    if (this.entries.length > idsMax) this.entries.shift();
    return true;
  }
  tick(now: number, forMs: number): void {
    this.entries = this.entries.filter(
      ({ tickedAt }) => tickedAt === null || tickedAt > now - forMs * 1000,
    );
    for (const entry of this.entries) entry.tickedAt ??= now;
  }
}

test('behave like the plainest set, across snapshots', () => {
  const idsMax = 20;
  const forMs = 5000;
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      let seen = new SeenIds({ idsMax, forMs });
      const model = new Model();
      let now = 0;
      for (const next of steps) {
        if ('add' in next) {
          expect(seen.add(id(next.add))).toBe(model.add(id(next.add), idsMax));
        } else if ('tickAfter' in next) {
          now += next.tickAfter * SECOND;
          seen.tick(now);
          model.tick(now, forMs);
        } else {
          const { state, blocks } = structuredClone({
            state: seen.state(),
            blocks: seen.snapshotBlocks(),
          });
          seen = new SeenIds({ idsMax, forMs });
          seen.restore(state, blocks.toReversed());
        }
      }
    }),
    { numRuns: 150 },
  );
});

test('blocks are sealed once full, keep their names, and go when all their ids are forgotten', () => {
  const seen = new SeenIds({ idsMax: 70_000, forMs: 1000 });
  for (let number = 0; number < 65_536; number += 1) seen.add(id(number));
  const [first] = seen.snapshotBlocks();
  expect(first).toMatchObject({ sealed: true });
  for (let number = 65_536; number < 131_100; number += 1) seen.add(id(number));
  const names = seen.snapshotBlocks().map((block) => [block.name, block.sealed]);
  expect(names[0]).toEqual([first?.name, true]);
  expect(names.map(([, sealed]) => sealed)).toEqual([true, true, false]);
  const restored = new SeenIds({ idsMax: 70_000, forMs: 1000 });
  restored.restore(seen.state(), structuredClone(seen.snapshotBlocks()));
  expect(restored.snapshotBlocks()).toEqual(seen.snapshotBlocks());
  expect(restored.has(id(131_099))).toBe(true);
  expect(restored.has(id(131_100 - 70_000))).toBe(true);
  expect(restored.has(id(131_099 - 70_000))).toBe(false);
  for (let number = 131_100; number < 140_000; number += 1) seen.add(id(number));
  expect(seen.snapshotBlocks()).toHaveLength(2);
});
