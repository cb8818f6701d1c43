import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    environment: 'node',
    include: ['server/**/*.test.ts', 'src/**/*.test.ts'],
    // Real sockets on a small machine: a deadline is there to end a hang, not to measure speed.
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
});
