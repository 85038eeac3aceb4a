import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { stableId } from '../../src/lib/stable-id.ts';
import { SeenIds } from '../../src/sensors/seen-ids.ts';

const id = (number: number): string => stableId([String(number)]);
const SECOND = 1_000_000;

describe('seen ids', () => {
  test('tell new from known', () => {
    const seen = new SeenIds();
    expect([seen.add(id(1), 0), seen.add(id(1), 0), seen.has(id(2))]).toEqual([true, false, false]);
  });

  test('are kept for a time from their receipt on, which ticks alone end', () => {
    const seen = new SeenIds({ idsMax: 100, forMs: 10_000 });
    seen.add(id(1), 0);
    seen.add(id(2), SECOND - 1);
    seen.add(id(3), SECOND);
    seen.tick(11 * SECOND - 1);
    expect([1, 2, 3].map((number) => seen.has(id(number)))).toEqual([true, true, true]);
    seen.tick(11 * SECOND);
    expect([1, 2, 3].map((number) => seen.has(id(number)))).toEqual([false, false, true]);
    seen.tick(12 * SECOND);
    expect(seen.size).toBe(0);
  });

  test('of several ticks in a row the newest alone matters', () => {
    const often = new SeenIds({ idsMax: 100, forMs: 10_000 });
    const once = new SeenIds({ idsMax: 100, forMs: 10_000 });
    for (const seen of [often, once]) seen.add(id(1), 0);
    for (let second = 1; second < 6; second += 1) often.tick(second * SECOND);
    for (const seen of [often, once]) seen.tick(6 * SECOND);
    expect(often.state()).toEqual(once.state());
  });

  test('keep the newest when there are too many', () => {
    const seen = new SeenIds({ idsMax: 3, forMs: 1000 });
    for (const number of [1, 2, 3, 4]) seen.add(id(number), 0);
    expect([1, 2, 3, 4].map((number) => seen.has(id(number)))).toEqual([false, true, true, true]);
  });
});

type Step = { readonly add: number } | { readonly tickAfter: number } | { readonly save: true };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 20, arbitrary: fc.record({ add: fc.integer({ min: 0, max: 60 }) }) },
  { weight: 4, arbitrary: fc.record({ tickAfter: fc.integer({ min: 0, max: 10 }) }) },
  { weight: 1, arbitrary: fc.constant({ save: true } as const) },
);

/** The plainest set with the same rules. */
class Model {
  private entries: { id: string; groupAt: number }[] = [];
  /** When the newest group of ids began: all that came within a second from then on. */
  private groupAt: number | null = null;
  add(value: string, now: number, idsMax: number): boolean {
    if (this.entries.some((entry) => entry.id === value)) return false;
    if (this.groupAt === null || now - this.groupAt >= SECOND) this.groupAt = now;
    this.entries.push({ id: value, groupAt: this.groupAt });
    if (this.entries.length > idsMax) this.entries.shift();
    return true;
  }
  tick(now: number, forMs: number): void {
    const isOver = (groupAt: number): boolean => groupAt + SECOND + forMs * 1000 <= now;
    this.entries = this.entries.filter(({ groupAt }) => !isOver(groupAt));
    if (this.groupAt !== null && isOver(this.groupAt)) this.groupAt = null;
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
          expect(seen.add(id(next.add), now)).toBe(model.add(id(next.add), now, idsMax));
        } else if ('tickAfter' in next) {
          now += (next.tickAfter * SECOND) / 3;
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
  for (let number = 0; number < 65_536; number += 1) seen.add(id(number), 0);
  const [first] = seen.snapshotBlocks();
  expect(first).toMatchObject({ sealed: true });
  for (let number = 65_536; number < 131_100; number += 1) seen.add(id(number), 0);
  const names = seen.snapshotBlocks().map((block) => [block.name, block.sealed]);
  expect(names[0]).toEqual([first?.name, true]);
  expect(names.map(([, sealed]) => sealed)).toEqual([true, true, false]);
  const restored = new SeenIds({ idsMax: 70_000, forMs: 1000 });
  restored.restore(seen.state(), structuredClone(seen.snapshotBlocks()));
  expect(restored.snapshotBlocks()).toEqual(seen.snapshotBlocks());
  expect(restored.has(id(131_099))).toBe(true);
  expect(restored.has(id(131_100 - 70_000))).toBe(true);
  expect(restored.has(id(131_099 - 70_000))).toBe(false);
  for (let number = 131_100; number < 140_000; number += 1) seen.add(id(number), 0);
  expect(seen.snapshotBlocks()).toHaveLength(2);
});
