import { test } from 'vitest';
import { containerOf, type Defect, expectFound, overlay, podOf } from '../testing/planted.ts';
import { checkFileSystems } from './file-system.ts';

const alpha = await overlay('alpha');
const beta = await overlay('beta');

test.each<[string, string, Defect]>([
  [
    'container api: its root file system is not read-only',
    'Deployment api',
    (object) => delete containerOf(object).securityContext.readOnlyRootFilesystem,
  ],
  [
    'container api: /tmp is no emptyDir',
    'Deployment api',
    (object) => Object.assign(containerOf(object), { volumeMounts: [] }),
  ],
  [
    'Deployment api: nobody mounts volume tmp',
    'Deployment api',
    (object) => Object.assign(containerOf(object), { volumeMounts: [] }),
  ],
  [
    'container api: it mounts cache, which is no volume',
    'Deployment api',
    (object) => containerOf(object).volumeMounts.push({ name: 'cache', mountPath: '/cache' }),
  ],
  [
    'container api: two volumes at /tmp',
    'Deployment api',
    (object) => containerOf(object).volumeMounts.push({ name: 'tmp', mountPath: '/tmp' }),
  ],
  [
    'Deployment api: volume tmp has no sizeLimit',
    'Deployment api',
    (object) => delete podOf(object).volumes[0].emptyDir.sizeLimit,
  ],
  [
    'Deployment api: its volumes are larger',
    'Deployment api',
    (object) => Object.assign(podOf(object).volumes[0].emptyDir, { sizeLimit: '1Gi' }),
  ],
  [
    'StatefulSet postgres: its volumes in memory',
    'StatefulSet postgres',
    (object) => Object.assign(podOf(object).volumes[2].emptyDir, { sizeLimit: '512Mi' }),
  ],
  [
    'container postgres: it mounts data, which is no volume',
    'StatefulSet postgres',
    ({ spec }) => delete spec.volumeClaimTemplates,
  ],
])('%s', (problem, title, defect) => {
  expectFound(checkFileSystems, alpha, title, defect, problem);
});

test('configuration is mounted read-only', () => {
  const defect: Defect = (object) => delete containerOf(object).volumeMounts[0].readOnly;
  expectFound(checkFileSystems, beta, 'Deployment redis', defect, 'it mounts config for writing');
});
