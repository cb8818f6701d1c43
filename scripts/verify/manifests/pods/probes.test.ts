import { test } from 'vitest';
import { containerOf, type Defect, expectFound, overlay } from '../testing/planted.ts';
import { checkProbes } from './probes.ts';

const alpha = await overlay('alpha');
const set =
  (kind: string, probe: object | undefined): Defect =>
  (object) =>
    Object.assign(containerOf(object), { [kind]: probe });

test.each<[string, string, Defect]>([
  ['container api: it has no startupProbe', 'Deployment api', set('startupProbe', undefined)],
  ['container postgres: it has no livenessProbe', 'StatefulSet postgres', set('livenessProbe', undefined)],
  [
    'livenessProbe runs a program',
    'Deployment api',
    set('livenessProbe', { exec: { command: ['curl', 'localhost'] } }),
  ],
  [
    'livenessProbe asks /readyz and not /healthz',
    'Deployment api',
    set('livenessProbe', { httpGet: { path: '/readyz', port: 'http' } }),
  ],
  [
    'readinessProbe asks /healthz and not /readyz',
    'Deployment webui',
    set('readinessProbe', { httpGet: { path: '/healthz', port: 'http' } }),
  ],
  [
    'readinessProbe does not ask the port http',
    'Deployment api',
    set('readinessProbe', { httpGet: { path: '/readyz', port: 'metrics' } }),
  ],
  [
    'livenessProbe does not ask by HTTP',
    'Deployment api',
    set('livenessProbe', { tcpSocket: { port: 'http' } }),
  ],
  [
    'readinessProbe does not ask by gRPC',
    'Deployment fastpath',
    set('readinessProbe', { httpGet: { path: '/readyz', port: 'http' } }),
  ],
  [
    'readinessProbe does not ask by gRPC',
    'Deployment fastpath',
    set('readinessProbe', { grpc: { port: 50052 } }),
  ],
  [
    'startupProbe gives up after 20 s',
    'Deployment api',
    set('startupProbe', {
      httpGet: { path: '/healthz', port: 'http' },
      periodSeconds: 2,
      failureThreshold: 10,
    }),
  ],
  [
    'readinessProbe runs wget',
    'StatefulSet postgres',
    set('readinessProbe', { exec: { command: ['wget'] } }),
  ],
  [
    'Job api-migrate: container api-migrate: it has a livenessProbe',
    'Job api-migrate',
    set('livenessProbe', {}),
  ],
])('%s', (problem, title, defect) => {
  expectFound(checkProbes, alpha, title, defect, problem);
});
