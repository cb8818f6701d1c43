import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts'],
    // Floods and crashes on real sockets, on a machine that does other things too.
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
});
