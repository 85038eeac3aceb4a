import { defineConfig } from 'vitest/config';

/** The suites that take minutes: many seeds, many kills. `npm run test:long` runs them one by one. */
export default defineConfig({
  test: {
    include: ['test/long/**/*.test.ts'],
    testTimeout: 20 * 60_000,
    hookTimeout: 60_000,
    fileParallelism: false,
    pool: 'forks',
  },
});
