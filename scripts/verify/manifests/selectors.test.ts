import { test } from 'vitest';
import { checkSelectors } from './selectors.ts';
import { type Defect, expectFound, overlay, podOf } from './testing/planted.ts';

const beta = await overlay('beta');
const named = (name: string) => ({ 'app.kubernetes.io/name': name, 'app.kubernetes.io/instance': 'tripod' });

test.each<[string, string, Defect]>([
  [
    'Deployment api: its selector is not on its pods',
    'Deployment api',
    ({ spec }) => Object.assign(spec.selector.matchLabels, named('apis')),
  ],
  [
    'Deployment api: its selector is not name and instance',
    'Deployment api',
    ({ spec }) => Object.assign(spec.selector.matchLabels, { 'app.kubernetes.io/component': 'api' }),
  ],
  [
    'Deployment api: it selects the pods of Job api-migrate',
    'Job api-migrate',
    ({ spec }) => Object.assign(spec.template.metadata.labels, named('api')),
  ],
  [
    'Service api: it selects Deployment api and Job api-migrate',
    'Job api-migrate',
    ({ spec }) => Object.assign(spec.template.metadata.labels, named('api')),
  ],
  [
    'Service api: it selects nothing',
    'Service api',
    ({ spec }) => Object.assign(spec.selector, named('apis')),
  ],
  [
    'Service api: no pod has port https/TCP',
    'Service api',
    ({ spec }) => Object.assign(spec.ports[0], { targetPort: 'https' }),
  ],
  [
    'Service api: no pod has port 5002/TCP',
    'Service api',
    ({ spec }) => Object.assign(spec.ports[0], { targetPort: 5002 }),
  ],
  [
    'Service fastpath: no pod has port data/TCP',
    'Service fastpath',
    ({ spec }) => delete spec.ports[2].protocol,
  ],
  [
    'PodDisruptionBudget api: it selects nothing',
    'PodDisruptionBudget api',
    ({ spec }) => Object.assign(spec.selector.matchLabels, named('apis')),
  ],
  [
    'NetworkPolicy redis: it selects nothing',
    'NetworkPolicy redis',
    ({ spec }) => Object.assign(spec.podSelector.matchLabels, named('valkey')),
  ],
  [
    'NetworkPolicy redis: no pods are {"matchLabels":{"app.kubernetes.io/instance":"tripod","app.kubernetes.io/name":"apis"}}',
    'NetworkPolicy redis',
    ({ spec }) => Object.assign(spec.ingress[0].from[0].podSelector.matchLabels, named('apis')),
  ],
  [
    'ServiceMonitor api: no Service that it selects has a port prometheus',
    'ServiceMonitor api',
    ({ spec }) => Object.assign(spec.endpoints[0], { port: 'prometheus' }),
  ],
  [
    'ServiceMonitor api: no Service that it selects has a port metrics',
    'ServiceMonitor api',
    ({ spec }) => Object.assign(spec.selector.matchLabels, named('apis')),
  ],
  [
    'Deployment api: the selector for kubernetes.io/hostname is not that of its pods',
    'Deployment api',
    (object) =>
      Object.assign(podOf(object).topologySpreadConstraints[0], {
        labelSelector: { matchLabels: named('webui') },
      }),
  ],
])('%s', (problem, title, defect) => {
  expectFound(checkSelectors, beta, title, defect, problem);
});
