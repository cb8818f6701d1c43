import { expect, it } from 'vitest';
import type { KubernetesObject } from '../../kubernetes/object.ts';
import { brokenReferences } from './references.ts';

const config: KubernetesObject = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'api-1' },
  data: { DB_NAME: 'tripod' },
};

function deployment(envFrom: unknown[], env: unknown[] = []): KubernetesObject {
  const containers = [{ name: 'api', envFrom, env }];
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'api' },
    spec: { template: { spec: { containers } } },
  };
}

it('accepts what is there, and what the cluster has before', () => {
  const names = [{ configMapRef: { name: 'api-1' } }, { secretRef: { name: 'database' } }];
  expect(brokenReferences([config, deployment(names)], ['database'])).toEqual([]);
});

it.each([
  ['a ConfigMap', [{ configMapRef: { name: 'api-2' } }], [], 'the ConfigMap api-2, which does not exist'],
  ['a Secret', [{ secretRef: { name: 'api-1' } }], [], 'the Secret api-1, which does not exist'],
  ['a key', [], [{ valueFrom: { configMapKeyRef: { name: 'api-1', key: 'DB_HOST' } } }], 'the key DB_HOST'],
])('finds %s that is missing', (_what, envFrom, env, problem) => {
  expect(brokenReferences([config, deployment(envFrom, env)], ['database']).join()).toContain(problem);
});

it('finds a volume of a ConfigMap that is missing', () => {
  const pod = { volumes: [{ name: 'config', configMap: { name: 'redis' } }], containers: [] };
  const object = { ...deployment([]), spec: { template: { spec: pod } } };
  expect(brokenReferences([object], [])).toEqual([
    'Deployment api names the ConfigMap redis, which does not exist',
  ]);
});
