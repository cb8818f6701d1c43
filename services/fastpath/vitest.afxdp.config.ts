import { defineConfig } from 'vitest/config';

/* Tests on real interfaces: scripts/in-network-namespace.sh node_modules/.bin/vitest run --root services/fastpath --config vitest.afxdp.config.ts */
export default defineConfig({
  test: {
    include: ['src/**/*.afxdp.test.ts'],
    // One after the other: each loads a machine fully.
    fileParallelism: false,
    testTimeout: 300_000,
    hookTimeout: 300_000,
    expect: { poll: { timeout: 120_000 } },
  },
});
