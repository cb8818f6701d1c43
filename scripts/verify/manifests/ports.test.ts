import { test } from 'vitest';
import { checkPorts } from './ports.ts';
import { containerOf, type Defect, expectFound, overlay } from './testing/planted.ts';

const beta = await overlay('beta');

test.each<[string, string, Defect]>([
  [
    'container api: 70000 is no port',
    'Deployment api',
    (object) => Object.assign(containerOf(object).ports[0], { containerPort: 70_000 }),
  ],
  [
    'container api: 0 is no port',
    'Deployment api',
    (object) => Object.assign(containerOf(object).ports[0], { hostPort: 0 }),
  ],
  [
    'container api: port 5000 has no name',
    'Deployment api',
    (object) => delete containerOf(object).ports[0].name,
  ],
  [
    '"metrics-for-prometheus" is no name',
    'Deployment api',
    (object) => Object.assign(containerOf(object).ports[1], { name: 'metrics-for-prometheus' }),
  ],
  [
    '"5000" is no name',
    'Deployment api',
    (object) => Object.assign(containerOf(object).ports[0], { name: '5000' }),
  ],
  [
    'Deployment api: port http is there more than once',
    'Deployment api',
    (object) => Object.assign(containerOf(object).ports[1], { name: 'http' }),
  ],
  [
    'Deployment api: port 5000/TCP is there more than once',
    'Deployment api',
    (object) => Object.assign(containerOf(object).ports[1], { containerPort: 5000 }),
  ],
  [
    'Service api: port 5000/TCP is there more than once',
    'Service api',
    ({ spec }) => Object.assign(spec.ports[1], { port: 5000 }),
  ],
  ['Service api: port 5001 has no name', 'Service api', ({ spec }) => delete spec.ports[1].name],
  ['Service api: 0 is no port', 'Service api', ({ spec }) => Object.assign(spec.ports[0], { port: 0 })],
  ['Service api: it has no port', 'Service api', ({ spec }) => Object.assign(spec, { ports: [] })],
])('%s', (problem, title, defect) => {
  expectFound(checkPorts, beta, title, defect, problem);
});
