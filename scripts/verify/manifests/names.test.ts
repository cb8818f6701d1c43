import { expect, test } from 'vitest';
import { checkNames } from './names.ts';
import { containerOf, type Defect, expectFound, overlay, podOf } from './testing/planted.ts';

const beta = await overlay('beta');

test.each<[string, string, Defect]>([
  [
    'Service Api: its name is none',
    'Service api',
    ({ metadata }) => Object.assign(metadata, { name: 'Api' }),
  ],
  [
    'Service 2api: its name is none',
    'Service api',
    ({ metadata }) => Object.assign(metadata, { name: '2api' }),
  ],
  [
    'its name is none',
    'Job api-migrate',
    ({ metadata }) => Object.assign(metadata, { name: 'a'.repeat(64) }),
  ],
  ['its name is none', 'ServiceAccount api', ({ metadata }) => Object.assign(metadata, { name: 'api_' })],
  [
    '"0.1.0+dirty" is no value of a label',
    'Service api',
    ({ metadata }) => Object.assign(metadata.labels!, { v: '0.1.0+dirty' }),
  ],
  [
    'is no name of a label',
    'Service api',
    ({ metadata }) => Object.assign(metadata.labels!, { 'a/b/c': 'd' }),
  ],
  [
    'is no name of a annotation',
    'Service api',
    ({ metadata }) => Object.assign(metadata, { annotations: { 'a b': 'c' } }),
  ],
  [
    '"-" is no value of a label',
    'Deployment api',
    ({ spec }) => Object.assign(spec.template.metadata.labels, { v: '-' }),
  ],
  ['"A B" is no key', 'ConfigMap api', ({ data }) => Object.assign(data, { 'A B': 'c' })],
  [
    '"API" is no name of a container',
    'Deployment api',
    (object) => Object.assign(containerOf(object), { name: 'API' }),
  ],
  [
    'volume tmp is there more than once',
    'Deployment api',
    (object) => podOf(object).volumes.push({ name: 'tmp' }),
  ],
  [
    'container api: variable NODE_OPTIONS is there more than once',
    'Deployment api',
    (object) => containerOf(object).env.push({ name: 'NODE_OPTIONS' }),
  ],
  [
    '"NODE-OPTIONS" is no variable',
    'Deployment api',
    (object) => Object.assign(containerOf(object).env[0], { name: 'NODE-OPTIONS' }),
  ],
  [
    'Service api in tripod is there more than once',
    'Service webui',
    ({ metadata }) => Object.assign(metadata, { name: 'api' }),
  ],
])('%s', (problem, title, defect) => {
  expectFound(checkNames, beta, title, defect, problem);
});

test('the same name in another namespace is another object', () => {
  const { objects } = structuredClone(beta);
  const copy = structuredClone(objects.find(({ kind }) => kind === 'Service')!);
  copy.metadata.namespace = 'other';
  expect(checkNames({ ...beta, objects: [...objects, copy] })).toEqual([]);
});
