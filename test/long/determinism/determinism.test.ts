import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createRooms } from '../../../src/rooms.ts';
import { TEST_SETTINGS } from '../../determinism/drive.ts';
import { runSeed } from '../../determinism/run.ts';
import { type Case, CASES } from '../../determinism/story.ts';
import { PLANTED_BUGS } from './planted-bugs.ts';

const RUNS = 1_000;
const SHARE_MIN = 0.05;
const seeds = fc.integer({ min: 1, max: 2 ** 31 - 1 });

test(`${RUNS} seeded stories give the same incidents in every arrangement`, () => {
  const met = new Map<Case, number>(CASES.map((name) => [name, 0]));
  fc.assert(
    fc.property(seeds, (seed) => {
      const result = runSeed(seed, () => createRooms(TEST_SETTINGS));
      for (const name of result.cases) met.set(name, (met.get(name) ?? 0) + 1);
      expect(result.different).toBeNull();
    }),
    { numRuns: RUNS, seed: 20261123, endOnFailure: true },
  );
  console.log(`Cases met in ${RUNS} runs:`, Object.fromEntries(met));
  for (const [name, count] of met) expect(count, name).toBeGreaterThanOrEqual(RUNS * SHARE_MIN);
});

describe('a planted bug is found', () => {
  for (const [name, createBuggyRooms] of Object.entries(PLANTED_BUGS)) {
    test(name, () => {
      const result = fc.check(
        fc.property(seeds, (seed) => runSeed(seed, createBuggyRooms).equal),
        { numRuns: 300, seed: 1, endOnFailure: true },
      );
      console.log(`${name}: found after ${result.numRuns} runs`);
      expect(result.failed).toBe(true);
    });
  }
});
