import { expect, test } from 'vitest';
import type { KubernetesObject } from '../../../kubernetes/object.ts';
import { containerOf, type Defect, overlay, plant, podOf } from '../testing/planted.ts';
import { checkEquivalence, differences } from './differences.ts';

const beta = await overlay('beta');

/** The same objects as Helm would write them. */
function asHelm(objects: readonly KubernetesObject[]): KubernetesObject[] {
  const text = JSON.stringify(objects.filter(({ kind }) => kind !== 'Namespace')).replaceAll(
    /-[0-9a-z]{10}"/g,
    '"',
  );
  const helm = JSON.parse(text) as KubernetesObject[];
  for (const object of helm) {
    const { labels = {}, annotations = {} } = object.metadata;
    Object.assign(labels, { 'helm.sh/chart': 'api-0.1.0', 'app.kubernetes.io/managed-by': 'Helm' });
    object.metadata = {
      ...object.metadata,
      labels,
      annotations: { ...annotations, 'helm.sh/hook': 'pre-upgrade' },
    };
    if (object.kind === 'NetworkPolicy') object.spec.policyTypes.reverse();
    if (object.kind === 'Service') for (const port of object.spec.ports.reverse()) port.protocol ??= 'TCP';
    if (object.kind === 'Job') delete object.spec.ttlSecondsAfterFinished;
  }
  return helm;
}

test('what Helm cannot do alike is no difference', () => {
  expect(differences(asHelm(beta.objects), beta.objects)).toEqual([]);
});

test.each<[string, string, Defect]>([
  [
    'Deployment api: spec.replicas: nothing with Helm, 2 with Kustomize',
    'Deployment api',
    ({ spec }) => Object.assign(spec, { replicas: 2 }),
  ],
  [
    'ConfigMap api: data.FASTPATH_ADDRESS: "fastpath-headless:50051" with Helm, "" with Kustomize',
    'ConfigMap api',
    ({ data }) => Object.assign(data, { FASTPATH_ADDRESS: '' }),
  ],
  [
    'Deployment api: spec.template.spec.containers[api].env[NODE_OPTIONS].value',
    'Deployment api',
    (object) => Object.assign(containerOf(object).env.at(-1), { value: '' }),
  ],
  [
    'Deployment api: spec.template.spec.terminationGracePeriodSeconds: 30 with Helm, nothing',
    'Deployment api',
    (object) => delete podOf(object).terminationGracePeriodSeconds,
  ],
  [
    'NetworkPolicy webui: spec.ingress[0].ports[0].port: 3000 with Helm, 3002 with Kustomize',
    'NetworkPolicy webui',
    ({ spec }) => Object.assign(spec.ingress[0].ports[0], { port: 3002 }),
  ],
  [
    'Service api: only with Helm',
    'Service api',
    ({ metadata }) => Object.assign(metadata, { name: 'backend' }),
  ],
  [
    'Service backend: only with Kustomize',
    'Service api',
    ({ metadata }) => Object.assign(metadata, { name: 'backend' }),
  ],
])('%s', (problem, title, defect) => {
  const changed = plant(beta, title, defect);
  expect(differences(asHelm(beta.objects), changed.objects).join('\n')).toContain(problem);
});

test('the two forms are looked up by name, and must be there', () => {
  const helm = { ...beta, name: 'chart tripod, examples/beta.yaml', objects: asHelm(beta.objects) };
  expect(checkEquivalence([helm, beta])).toEqual([]);
  expect(checkEquivalence([{ ...helm, objects: [] }, beta]).length).toBeGreaterThan(20);
  expect(checkEquivalence([beta]).join()).toContain('is missing');
});

test('a copy for the migration that says something else is a difference', () => {
  const helm = asHelm(beta.objects);
  const database = helm.find(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === 'database')!;
  const copy = structuredClone(database);
  copy.metadata.name = 'api-migrate';
  const job = helm.find(({ kind }) => kind === 'Job')!;
  containerOf(job).envFrom[0].configMapRef.name = 'api-migrate';
  expect(differences([...helm, copy], beta.objects)).toEqual([]);
  copy.data.DB_HOST = 'elsewhere.example.com';
  expect(differences([...helm, copy], beta.objects)).toContain('ConfigMap api-migrate: only with Helm');
});
