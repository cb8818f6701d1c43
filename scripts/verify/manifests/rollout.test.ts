import { expect, test } from 'vitest';
import { checkRollouts } from './rollout.ts';
import { containerOf, type Defect, expectFound, overlay, podOf } from './testing/planted.ts';

const alpha = await overlay('alpha');

test.each<[string, string, Defect]>([
  [
    'its strategy is no RollingUpdate',
    'Deployment api',
    ({ spec }) => Object.assign(spec, { strategy: { type: 'Recreate' } }),
  ],
  [
    'the old one may go',
    'Deployment api',
    ({ spec }) => Object.assign(spec.strategy.rollingUpdate, { maxUnavailable: 1 }),
  ],
  [
    'it is not spread by kubernetes.io/hostname',
    'Deployment api',
    (object) => podOf(object).topologySpreadConstraints.shift(),
  ],
  [
    'it is not spread by topology.kubernetes.io/zone',
    'Deployment api',
    (object) => podOf(object).topologySpreadConstraints.pop(),
  ],
  [
    'SHUTDOWN_DELAY_MS is 100',
    'ConfigMap api',
    ({ data }) => Object.assign(data, { SHUTDOWN_DELAY_MS: '100' }),
  ],
  [
    'Deployment fastpath: SHUTDOWN_DELAY_MS is 0',
    'ConfigMap fastpath',
    ({ data }) => delete data.SHUTDOWN_DELAY_MS,
  ],
  [
    'it is killed after 15000 ms',
    'Deployment api',
    (object) => Object.assign(podOf(object), { terminationGracePeriodSeconds: 15 }),
  ],
  [
    'container fastpath: NODE_OPTIONS is not --max-old-space-size-percentage=50',
    'Deployment fastpath',
    (object) => Object.assign(containerOf(object).env[0], { value: '--max-old-space-size=256' }),
  ],
  [
    'container api-migrate: NODE_OPTIONS is not',
    'Job api-migrate',
    (object) => delete containerOf(object).env,
  ],
  [
    'Deployment api: revisionHistoryLimit',
    'Deployment api',
    ({ spec }) => Object.assign(spec, { revisionHistoryLimit: 0 }),
  ],
])('%s', (problem, title, defect) => {
  expectFound(checkRollouts, alpha, title, defect, problem);
});

test('the fast path on AF_XDP may go first: its queue has one owner', async () => {
  const xdp = await overlay('alpha-xdp');
  expect(checkRollouts(xdp)).toEqual([]);
  expect(checkRollouts({ ...xdp, components: new Set() })).toEqual([
    'Deployment fastpath: the old one may go before the new one is ready',
  ]);
});
