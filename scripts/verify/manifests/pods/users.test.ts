import { expect, test } from 'vitest';
import { containerOf, type Defect, expectFound, overlay, podOf } from '../testing/planted.ts';
import { checkUsers } from './users.ts';

const alpha = await overlay('alpha');
const context =
  (change: object): Defect =>
  (object) =>
    Object.assign(podOf(object).securityContext, change);

test.each<[string, string, Defect]>([
  ['Deployment api: runAsUser is 1000 and not 10001', 'Deployment api', context({ runAsUser: 1000 })],
  ['Deployment webui: runAsUser is 10001 and not 10002', 'Deployment webui', context({ runAsUser: 10_001 })],
  [
    'Deployment api: runAsGroup is undefined',
    'Deployment api',
    (object) => delete podOf(object).securityContext.runAsGroup,
  ],
  ['StatefulSet postgres: fsGroup is 999 and not 10004', 'StatefulSet postgres', context({ fsGroup: 999 })],
  ['Deployment api: it has more groups', 'Deployment api', context({ supplementalGroups: [0] })],
  [
    'Deployment api: container api: a user of its own',
    'Deployment api',
    (object) => Object.assign(containerOf(object).securityContext, { runAsUser: 10_009 }),
  ],
])('%s', (problem, title, defect) => {
  expectFound(checkUsers, alpha, title, defect, problem);
});

test('UID 0 is for AF_XDP', async () => {
  const xdp = await overlay('alpha-xdp');
  expect(checkUsers(xdp)).toEqual([]);
  expect(checkUsers({ ...xdp, components: new Set() })).toContain(
    'Deployment fastpath: runAsUser is 0 and not 10003',
  );
});
