import { defineConfig } from 'vitest/config';
import { patient } from '../scripts/processes/patience.ts';

// Real processes on two cores: one file at a time, deadlines that only matter when something is wrong.
export default defineConfig({
  test: {
    include: ['integration/**/*.test.ts'],
    fileParallelism: false,
    pool: 'forks',
    testTimeout: patient(60_000),
    hookTimeout: patient(60_000),
    teardownTimeout: 10_000,
    passWithNoTests: false,
  },
});
