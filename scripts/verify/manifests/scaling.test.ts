import { expect, test } from 'vitest';
import { checkScaling } from './scaling.ts';
import { containerOf, type Defect, expectFound, overlay } from './testing/planted.ts';

const beta = await overlay('beta');
const budget =
  (spec: object): Defect =>
  (object) =>
    Object.assign(object, { spec: { ...object.spec, maxUnavailable: undefined, ...spec } });

test.each<[string, string, Defect]>([
  [
    'there is no Deployment apis of apps/v1',
    'HorizontalPodAutoscaler api',
    ({ spec }) => Object.assign(spec.scaleTargetRef, { name: 'apis' }),
  ],
  [
    'there is no Deployment api of apps/v1beta1',
    'HorizontalPodAutoscaler api',
    ({ spec }) => Object.assign(spec.scaleTargetRef, { apiVersion: 'apps/v1beta1' }),
  ],
  [
    'Deployment api says how many replicas it has',
    'Deployment api',
    ({ spec }) => Object.assign(spec, { replicas: 2 }),
  ],
  [
    'one replica at least is an outage',
    'HorizontalPodAutoscaler api',
    ({ spec }) => Object.assign(spec, { minReplicas: 1 }),
  ],
  ['it cannot scale', 'HorizontalPodAutoscaler api', ({ spec }) => Object.assign(spec, { maxReplicas: 2 })],
  ['it looks at no resource', 'HorizontalPodAutoscaler api', ({ spec }) => delete spec.metrics],
  [
    'it looks at cpu, which Deployment api does not request',
    'Deployment api',
    (object) => delete containerOf(object).resources.requests.cpu,
  ],
  ['PodDisruptionBudget api: it lets no pod go', 'PodDisruptionBudget api', budget({ maxUnavailable: 0 })],
  ['PodDisruptionBudget api: it lets no pod go', 'PodDisruptionBudget api', budget({ maxUnavailable: '0%' })],
  ['PodDisruptionBudget api: it lets no pod go', 'PodDisruptionBudget api', budget({ minAvailable: 2 })],
  ['PodDisruptionBudget api: it lets no pod go', 'PodDisruptionBudget api', budget({ minAvailable: '60%' })],
  [
    'PodDisruptionBudget api: minAvailable and',
    'PodDisruptionBudget api',
    ({ spec }) => Object.assign(spec, { minAvailable: 1 }),
  ],
  [
    'PodDisruptionBudget api: a pod that is not ready',
    'PodDisruptionBudget api',
    ({ spec }) => delete spec.unhealthyPodEvictionPolicy,
  ],
  [
    'Deployment api: it has no PodDisruptionBudget',
    'PodDisruptionBudget api',
    ({ spec }) => Object.assign(spec.selector.matchLabels, { other: 'x' }),
  ],
])('%s', (problem, title, defect) => {
  expectFound(checkScaling, beta, title, defect, problem);
});

test('minAvailable of one blocks a single replica', async () => {
  const alpha = await overlay('alpha');
  expect(checkScaling(alpha)).toEqual([]);
  expectFound(
    checkScaling,
    alpha,
    'PodDisruptionBudget api',
    budget({ minAvailable: 1 }),
    'it lets no pod go',
  );
});
