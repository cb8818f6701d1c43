import { expect, test } from 'vitest';
import { checkStatefulSets } from './stateful-sets.ts';
import { containerOf, type Defect, expectFound, overlay, podOf } from './testing/planted.ts';

const alpha = await overlay('alpha');

test.each<[string, string, Defect]>([
  ['it has no volume', 'StatefulSet postgres', ({ spec }) => delete spec.volumeClaimTemplates],
  ['nobody mounts data', 'StatefulSet postgres', (object) => containerOf(object).volumeMounts.shift()],
  [
    'its user may not write to its volume',
    'StatefulSet postgres',
    (object) => delete podOf(object).securityContext.fsGroup,
  ],
  [
    'each start changes the modes',
    'StatefulSet postgres',
    (object) => delete podOf(object).securityContext.fsGroupChangePolicy,
  ],
  [
    'serviceName postgresql is no headless Service',
    'StatefulSet postgres',
    ({ spec }) => Object.assign(spec, { serviceName: 'postgresql' }),
  ],
  ['serviceName postgres is no headless Service', 'Service postgres', ({ spec }) => delete spec.clusterIP],
  ['its replicas know nothing', 'StatefulSet postgres', ({ spec }) => Object.assign(spec, { replicas: 3 })],
])('%s', (problem, title, defect) => {
  expectFound(checkStatefulSets, alpha, title, defect, problem);
});

test('there is the database that was asked for, and no other', () => {
  expect(checkStatefulSets({ ...alpha, components: new Set(['mysql']) })).toEqual([
    'StatefulSet mysql is missing',
    'StatefulSet postgres is one too many',
  ]);
});
