import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'scripts/**/*.test.ts'],
    // Every file would read its modules anew, which took a third of the time. Each test has a context of its own.
    isolate: false,
    // bcrypt and real databases on a busy machine; a test that hangs still ends.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    expect: { poll: { timeout: 120_000 } },
  },
});
