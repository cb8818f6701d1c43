import { expect, test } from 'vitest';
import type { KubernetesObject } from '../../../kubernetes/object.ts';
import type { Rendering } from '../rendering.ts';
import { type Defect, expectFound } from '../testing/planted.ts';
import { checkHooks } from './hooks.ts';

const early = (weight: number) => ({
  'helm.sh/hook': 'pre-install,pre-upgrade',
  'helm.sh/hook-weight': `${weight}`,
  'helm.sh/hook-delete-policy': 'before-hook-creation',
});
const object = (kind: string, name: string, annotations = {}, spec = {}): KubernetesObject => ({
  apiVersion: 'v1',
  kind,
  metadata: { name, annotations },
  spec,
});
const pod = (container: object) => ({
  serviceAccountName: 'api-migrate',
  containers: [{ name: 'a', ...container }],
});
const chart: Rendering = {
  name: 'a chart',
  by: 'helm',
  objects: [
    object('ServiceAccount', 'api-migrate', early(-2)),
    object('ConfigMap', 'database', early(-1)),
    object('Job', 'api-migrate', early(0), {
      template: { spec: pod({ envFrom: [{ configMapRef: { name: 'database' } }] }) },
    }),
    object('Pod', 'api-test', { ...early(0), 'helm.sh/hook': 'test' }, pod({})),
  ],
  bases: new Set(['api']),
  components: new Set(),
  existingSecrets: true,
};

const annotate =
  (annotations: object): Defect =>
  ({ metadata }) =>
    Object.assign(metadata.annotations!, annotations);

test.each<[string, string, Defect]>([
  ['Job api-migrate: it is no hook', 'Job api-migrate', ({ metadata }) => delete metadata.annotations],
  [
    'Job api-migrate: it does not run pre-install and pre-upgrade',
    'Job api-migrate',
    annotate({ 'helm.sh/hook': 'pre-install' }),
  ],
  [
    'Job api-migrate: it is not deleted before-hook-creation',
    'Job api-migrate',
    annotate({ 'helm.sh/hook-delete-policy': 'hook-succeeded' }),
  ],
  ['Pod api-test: it is not deleted', 'Pod api-test', annotate({ 'helm.sh/hook-delete-policy': '' })],
  [
    'Job api-migrate: ConfigMap database is not there before it',
    'ConfigMap database',
    annotate({ 'helm.sh/hook-weight': '0' }),
  ],
  [
    'ConfigMap database is not there before it',
    'ConfigMap database',
    annotate({ 'helm.sh/hook': 'pre-install' }),
  ],
  [
    'ConfigMap database is not there before it',
    'ConfigMap database',
    ({ metadata }) => delete metadata.annotations,
  ],
  [
    'ServiceAccount api-migrate is not there before it',
    'ServiceAccount api-migrate',
    ({ metadata }) => delete metadata.annotations,
  ],
])('%s', (problem, title, defect) => {
  expectFound(checkHooks, chart, title, defect, problem);
});

test('Kustomize has no hooks', () => {
  expect(checkHooks({ ...chart, by: 'kustomize', objects: [object('Job', 'api-migrate')] })).toEqual([]);
});
