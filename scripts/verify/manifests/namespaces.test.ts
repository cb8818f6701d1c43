import { expect, test } from 'vitest';
import { checkNamespaces } from './namespaces.ts';
import { type Defect, expectFound, overlay } from './testing/planted.ts';

const beta = await overlay('beta');
const xdp = await overlay('alpha-xdp');
const enforce = 'pod-security.kubernetes.io/enforce';

test.each<[string, string, Defect]>([
  ['Service api: its namespace is undefined', 'Service api', ({ metadata }) => delete metadata.namespace],
  [
    'Service api: its namespace is default',
    'Service api',
    ({ metadata }) => Object.assign(metadata, { namespace: 'default' }),
  ],
  [
    'Namespace tripod: its namespace is tripod',
    'Namespace tripod',
    ({ metadata }) => Object.assign(metadata, { namespace: 'tripod' }),
  ],
  [
    `${enforce} is undefined and not restricted`,
    'Namespace tripod',
    ({ metadata }) => delete metadata.labels![enforce],
  ],
  [
    `${enforce}-version is latest and not v1.32`,
    'Namespace tripod',
    ({ metadata }) => Object.assign(metadata.labels!, { [`${enforce}-version`]: 'latest' }),
  ],
])('%s', (problem, title, defect) => {
  expectFound(checkNamespaces, beta, title, defect, problem);
});

test('with AF_XDP the namespace may enforce less, and only then', () => {
  expect(checkNamespaces(xdp)).toEqual([]);
  const without = checkNamespaces({ ...xdp, components: new Set() });
  expect(without).toEqual([`Namespace tripod: ${enforce} is privileged and not restricted`]);
});

test('a namespace that is missing is told', () => {
  const objects = beta.objects.filter(({ kind }) => kind !== 'Namespace');
  expect(checkNamespaces({ ...beta, objects })).toEqual(['Namespace tripod is missing']);
});
