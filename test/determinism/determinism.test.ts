// The short form of `test/long/determinism`: the same stories, fewer seeds.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createRooms } from '../../src/rooms.ts';
import { TEST_SETTINGS } from './drive.ts';
import { runSeed } from './run.ts';

test('seeded stories give the same incidents in every arrangement', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2 ** 31 - 1 }), (seed) => {
      expect(runSeed(seed, () => createRooms(TEST_SETTINGS)).different).toBeNull();
    }),
    { numRuns: 60, endOnFailure: true },
  );
});
