import { defineConfig } from 'vitest/config';

/* Tests on real interfaces: scripts/in-network-namespace.sh node_modules/.bin/vitest run --root services/fastpath --config vitest.afxdp.config.ts */
export default defineConfig({
  test: {
    include: ['src/**/*.afxdp.test.ts'],
    // One after the other: each loads a machine fully.
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
