import { expect, test } from 'vitest';
import { containerOf, type Defect, expectFound, overlay, podOf } from '../testing/planted.ts';
import { checkReferences } from './references.ts';

const alpha = await overlay('alpha');
const beta = await overlay('beta');

test.each<[string, string, Defect]>([
  [
    'container api: there is no ConfigMap apis',
    'Deployment api',
    (object) => Object.assign(containerOf(object).envFrom[0].configMapRef, { name: 'apis' }),
  ],
  [
    'container api: there is no Secret redis-secret',
    'Deployment api',
    (object) => containerOf(object).envFrom.push({ secretRef: { name: 'redis-secret' } }),
  ],
  [
    'container redis: Secret redis has no PASSWORD',
    'Deployment redis',
    (object) => Object.assign(containerOf(object).env[0].valueFrom.secretKeyRef, { key: 'PASSWORD' }),
  ],
  [
    'Deployment redis: there is no ConfigMap cache',
    'Deployment redis',
    (object) => Object.assign(podOf(object).volumes[0].configMap, { name: 'cache' }),
  ],
  [
    'Deployment api: there is no Secret ca',
    'Deployment api',
    (object) => podOf(object).volumes.push({ name: 'ca', secret: { secretName: 'ca' } }),
  ],
  [
    'Ingress webui: there is no Secret tls',
    'Ingress webui',
    ({ spec }) => Object.assign(spec.tls[0], { secretName: 'tls' }),
  ],
  [': nothing reads it', 'Deployment redis', (object) => podOf(object).volumes.shift()],
])('%s', (problem, title, defect) => {
  expectFound(checkReferences, beta, title, defect, problem);
});

test('alpha brings its Secrets along', () => {
  expect(checkReferences(alpha)).toEqual([]);
  const objects = alpha.objects.filter(
    ({ kind, metadata }) => kind !== 'Secret' || !metadata.name.startsWith('database'),
  );
  expect(checkReferences({ ...alpha, objects }).join('\n')).toContain(
    'container postgres: there is no Secret database',
  );
});
