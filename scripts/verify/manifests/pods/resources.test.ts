import { expect, test } from 'vitest';
import { containerOf, type Defect, expectFound, overlay } from '../testing/planted.ts';
import { quantity } from './quantity.ts';
import { checkResources } from './resources.ts';

const alpha = await overlay('alpha');

test.each<[string, Defect]>([
  ['it requests no cpu', (object) => delete containerOf(object).resources.requests.cpu],
  ['it requests no memory', (object) => delete containerOf(object).resources.requests.memory],
  ['it requests no ephemeral-storage', (object) => delete containerOf(object).resources],
  ['it has no limit of memory', (object) => delete containerOf(object).resources.limits.memory],
  ['it has no limit of ephemeral-storage', (object) => delete containerOf(object).resources.limits],
  [
    'it requests more memory than its limit',
    (object) => Object.assign(containerOf(object).resources.requests, { memory: '1Gi' }),
  ],
  ['it has a limit of cpu', (object) => Object.assign(containerOf(object).resources.limits, { cpu: '1' })],
])('%s', (problem, defect) => {
  expectFound(
    checkResources,
    alpha,
    'Job api-migrate',
    defect,
    `Job api-migrate: container api-migrate: ${problem}`,
  );
});

test('quantities are compared as numbers', () => {
  expect(['100m', '1', '64Mi', '1Gi', '1.5k'].map(quantity)).toEqual([
    0.1, 1, 67_108_864, 1_073_741_824, 1500,
  ]);
});

test('with AF_XDP the fast path has whole CPUs', async () => {
  const xdp = await overlay('alpha-xdp');
  const set =
    (of: string, cpu: string): Defect =>
    (object) =>
      Object.assign(containerOf(object).resources[of], { cpu });
  expectFound(
    checkResources,
    xdp,
    'Deployment fastpath',
    set('requests', '500m'),
    'it is not Guaranteed: it requests 500m cpu of 1',
  );
  expectFound(checkResources, xdp, 'Deployment fastpath', set('limits', '1500m'), '1500m is no whole CPU');
});
