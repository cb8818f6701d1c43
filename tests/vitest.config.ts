import { defineConfig } from 'vitest/config';

// Real processes on two cores: one file at a time, deadlines that only matter when something is wrong.
export default defineConfig({
  test: {
    include: ['integration/**/*.test.ts'],
    fileParallelism: false,
    pool: 'forks',
    testTimeout: 60_000,
    hookTimeout: 60_000,
    teardownTimeout: 10_000,
    passWithNoTests: false,
  },
});
