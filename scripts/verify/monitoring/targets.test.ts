import { expect, test } from 'vitest';
import type { KubernetesObject } from '../../kubernetes/object.ts';
import { kustomizeBuild } from '../../kubernetes/render.ts';
import { OUR_SERVICES } from '../manifests/facts.ts';
import { targetProblems } from './targets.ts';

const real = await kustomizeBuild('k8s/kustomize/overlays/beta');

function planted(
  kind: string,
  name: string,
  defect: (object: KubernetesObject) => unknown,
): KubernetesObject[] {
  const objects = structuredClone(real);
  defect(objects.find((object) => object.kind === kind && object.metadata.name === name)!);
  return objects;
}

test('Prometheus gets to the metrics of each service, and no further', () => {
  const monitors = real.filter(({ kind }) => kind === 'ServiceMonitor');
  expect(monitors.map(({ metadata }) => metadata.name).sort()).toEqual([...OUR_SERVICES].sort());
  expect(targetProblems(real)).toEqual([]);
});

test.each<[string, KubernetesObject[]]>([
  [
    'ServiceMonitor api: 0 ports of Services are asked',
    planted('ServiceMonitor', 'api', ({ spec }) => Object.assign(spec.endpoints[0], { port: 'metric' })),
  ],
  [
    'ServiceMonitor webui: 0 ports of Services are asked',
    planted('Service', 'webui', ({ spec }) => Object.assign(spec.ports[1], { targetPort: 'metric' })),
  ],
  [
    'ServiceMonitor fastpath: 2 ports of Services are asked',
    planted('Service', 'fastpath-headless', ({ spec }) =>
      spec.ports.push({ name: 'http', port: 8080, targetPort: 'http' }),
    ),
  ],
  [
    'ServiceMonitor api: not one endpoint',
    planted('ServiceMonitor', 'api', ({ spec }) => spec.endpoints.push(spec.endpoints[0])),
  ],
  [
    'ServiceMonitor api: the job is not called tripod-api',
    planted('ServiceMonitor', 'api', ({ spec }) => delete spec.endpoints[0].relabelings),
  ],
  [
    'ServiceMonitor api: the network keeps Prometheus out',
    planted('NetworkPolicy', 'api-metrics', ({ spec }) =>
      Object.assign(spec.ingress[0].ports[0], { port: 5002 }),
    ),
  ],
  [
    'ServiceMonitor api: the network keeps Prometheus out',
    planted('NetworkPolicy', 'api-metrics', ({ spec }) =>
      Object.assign(spec.podSelector.matchLabels, { 'app.kubernetes.io/name': 'apis' }),
    ),
  ],
  [
    'NetworkPolicy api-metrics: Prometheus has no business at port 5000',
    planted('NetworkPolicy', 'api-metrics', ({ spec }) => spec.ingress[0].ports.push({ port: 5000 })),
  ],
  [
    'NetworkPolicy fastpath-metrics: Prometheus has no business at port all',
    planted('NetworkPolicy', 'fastpath-metrics', ({ spec }) => delete spec.ingress[0].ports),
  ],
])('%s', (problem, objects) => {
  expect(targetProblems(objects)).toContain(problem);
});
