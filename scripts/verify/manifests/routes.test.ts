import { expect, test } from 'vitest';
import { checkRoutes } from './routes.ts';
import { type Defect, expectFound, overlay } from './testing/planted.ts';

const beta = await overlay('beta');
const backend =
  (change: object): Defect =>
  ({ spec }) =>
    Object.assign(spec.rules[0].http.paths[0].backend.service, change);

test.each<[string, Defect]>([
  ['there is no Service frontend', backend({ name: 'frontend' })],
  ['Service webui has no port https', backend({ port: { name: 'https' } })],
  ['it opens api http to everybody', backend({ name: 'api', port: { number: 5000 } })],
  ['it opens webui metrics to everybody', backend({ port: { name: 'metrics' } })],
  ['no TLS for tripod.example.com', ({ spec }) => delete spec.tls],
  ['no TLS for hosts that it does not name', ({ spec }) => delete spec.rules[0].host],
  ['it leads nowhere', ({ spec }) => Object.assign(spec, { rules: [] })],
])('%s', (problem, defect) => {
  expectFound(checkRoutes, beta, 'Ingress webui', defect, problem);
});

test('a route of the Gateway API leads to a Service too', () => {
  const route = (port: number) => ({
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    metadata: { name: 'webui' },
    spec: { rules: [{ backendRefs: [{ name: 'webui', port }] }] },
  });
  expect(checkRoutes({ ...beta, objects: [...beta.objects, route(80)] })).toEqual([]);
  expect(checkRoutes({ ...beta, objects: [...beta.objects, route(3000)] })).toContain(
    'HTTPRoute webui: Service webui has no port 3000',
  );
});
