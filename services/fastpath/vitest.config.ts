import { configDefaults, defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts'],
    // Those need root and interfaces of their own: vitest.afxdp.config.ts.
    exclude: [...configDefaults.exclude, '**/*.afxdp.test.ts'],
    // Floods and crashes on real sockets, on a machine that does other things too.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    expect: { poll: { timeout: 120_000 } },
  },
});
