import { expect, test } from 'vitest';
import type { KubernetesObject } from '../../../kubernetes/object.ts';
import { containerOf, expectFound, overlay, podOf } from '../testing/planted.ts';
import { checkSchemas } from './schema.ts';
import { typeProblems } from './walk.ts';

const beta = await overlay('beta');
const alpha = await overlay('alpha');

test.each<[string, string, (object: KubernetesObject) => unknown]>([
  [
    'Service api: spec.selectors is unknown',
    'Service api',
    ({ spec }) => Object.assign(spec, { selectors: {} }),
  ],
  [
    'spec.ports[0].port is no number',
    'Service api',
    ({ spec }) => Object.assign(spec.ports[0], { port: '5000' }),
  ],
  [
    'spec.ports[0].port is no integer',
    'Service api',
    ({ spec }) => Object.assign(spec.ports[0], { port: 0.5 }),
  ],
  ['spec.ports[0].port is missing', 'Service api', ({ spec }) => delete spec.ports[0].port],
  [
    'spec.ports[0].protocol : "tcp" is none of',
    'Service api',
    ({ spec }) => Object.assign(spec.ports[0], { protocol: 'tcp' }),
  ],
  [
    'spec.ports[0].targetPort is neither',
    'Service api',
    ({ spec }) => Object.assign(spec.ports[0], { targetPort: true }),
  ],
  ['spec.ports is no list', 'Service api', ({ spec }) => Object.assign(spec, { ports: {} })],
  ['spec.template is missing', 'Deployment api', ({ spec }) => delete spec.template],
  ['spec.selector is missing', 'Deployment api', ({ spec }) => delete spec.selector],
  ['containers[0].name is missing', 'Deployment api', (object) => delete containerOf(object).name],
  [
    'envFrom[0].configMapReff is unknown',
    'Deployment api',
    (object) => Object.assign(containerOf(object).envFrom[0], { configMapReff: {} }),
  ],
  [
    'env[0].value is no string',
    'Deployment api',
    (object) => Object.assign(containerOf(object).env[0], { value: 75 }),
  ],
  [
    'resources.limits.memory : "512MB" is no quantity',
    'Deployment api',
    (object) => Object.assign(containerOf(object).resources.limits, { memory: '512MB' }),
  ],
  [
    'resources.requests.cpu is no string',
    'Deployment api',
    (object) => Object.assign(containerOf(object).resources.requests, { cpu: 1 }),
  ],
  [
    'readOnlyRootFilesystem is no boolean',
    'Deployment api',
    (object) => Object.assign(containerOf(object).securityContext, { readOnlyRootFilesystem: 'true' }),
  ],
  [
    'capabilities.drop[0] : "CAP_ALL" is no capability',
    'Deployment api',
    (object) => Object.assign(containerOf(object).securityContext.capabilities, { drop: ['CAP_ALL'] }),
  ],
  [
    'template.spec.volumes[0].emptyDir is null',
    'Deployment api',
    (object) => Object.assign(podOf(object).volumes[0], { emptyDir: null }),
  ],
  [
    'metadata.labels.a is no string',
    'Deployment api',
    ({ metadata }) => Object.assign(metadata.labels!, { a: 1 }),
  ],
  [
    'metadata.creationTimestamp is no time',
    'Deployment api',
    ({ metadata }) => Object.assign(metadata, { creationTimestamp: 'today' }),
  ],
  [
    'spec.policyTypes[0] : "ingress" is none of',
    'NetworkPolicy api',
    ({ spec }) => Object.assign(spec, { policyTypes: ['ingress'] }),
  ],
  ['data.A is no string', 'ConfigMap api', ({ data }) => Object.assign(data, { A: 1 })],
  ['are unknown here', 'Deployment api', (object) => Object.assign(object, { apiVersion: 'apps/v1beta1' })],
  ['are unknown here', 'Deployment api', (object) => Object.assign(object, { kind: 'Deploiment' })],
  ['metadata.name is missing', 'Deployment api', ({ metadata }) => Object.assign(metadata, { name: '' })],
  [
    'spec.endpoints[0].ports is unknown',
    'ServiceMonitor api',
    ({ spec }) => Object.assign(spec.endpoints[0], { ports: 'metrics' }),
  ],
  ['spec.endpoints[0].port is missing', 'ServiceMonitor api', ({ spec }) => delete spec.endpoints[0].port],
  [
    'spec.selector.matchLabel is unknown',
    'ServiceMonitor api',
    ({ spec }) => Object.assign(spec.selector, { matchLabel: {} }),
  ],
  [
    'spec.groups[0].rules[0].expr is no string',
    'PrometheusRule tripod-api',
    ({ spec }) => Object.assign(spec.groups[0].rules[0], { expr: 1 }),
  ],
  [
    'metadata.label is unknown',
    'ServiceMonitor api',
    ({ metadata }) => Object.assign(metadata, { label: {} }),
  ],
])('beta: %s', (problem, title, defect) => {
  expectFound(checkSchemas, beta, title, defect, problem);
});

test('a Secret is base64', () => {
  const defect = ({ data }: KubernetesObject) => Object.assign(data, { JWT_KEYS: 'k1:secret' });
  expectFound(checkSchemas, alpha, 'Secret api', defect, 'data.JWT_KEYS is not base64');
});

test('a type that the schema lacks is told', () => {
  expect(typeProblems({}, 'V1Nothing', { path: 'it', field: '', format: '' })).toEqual([
    'it: the schema has no type V1Nothing',
  ]);
});
