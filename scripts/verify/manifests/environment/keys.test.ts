import { expect, test } from 'vitest';
import { containerOf, type Defect, expectFound, overlay, plant } from '../testing/planted.ts';
import { checkVariables, unsetVariables } from './keys.ts';

const alpha = await overlay('alpha');
const data =
  (change: object): Defect =>
  (object) =>
    Object.assign(object.data, change);

test.each<[string, string, Defect]>([
  [
    'Deployment api: container api: nothing reads DB_MAX_RETRY',
    'ConfigMap database',
    data({ DB_MAX_RETRY: '9' }),
  ],
  [
    'Job api-migrate: container api-migrate: nothing reads DB_MAX_RETRY',
    'ConfigMap database',
    data({ DB_MAX_RETRY: '9' }),
  ],
  [
    'container webui: nothing reads API_UPSTREAM',
    'ConfigMap webui',
    data({ API_UPSTREAM: 'http://api:5000' }),
  ],
  ['container api: nothing reads JWT_SECRET', 'Secret api', data({ JWT_SECRET: 'eA==' })],
  ['container api: JWT_KEYS is not set', 'Secret api', (object) => delete object.data.JWT_KEYS],
  [
    'container fastpath: FASTPATH_SECRET is not set',
    'Deployment fastpath',
    (object) => containerOf(object).envFrom.pop(),
  ],
  [
    'container api-migrate: nothing reads TRUST_PROXY',
    'Job api-migrate',
    (object) => containerOf(object).env.push({ name: 'TRUST_PROXY', value: '' }),
  ],
])('%s', (problem, title, defect) => {
  expectFound(checkVariables, alpha, title, defect, problem);
});

test('a variable that nobody sets is listed, and only such a one', () => {
  const left = { webui: ['LOG_LEVEL', 'HOST', 'PORT', 'METRICS_PORT'] };
  expect(unsetVariables([alpha], left)).toEqual([]);
  const without = plant(alpha, 'ConfigMap webui', (object) => delete object.data.API_URL);
  expect(unsetVariables([without], left)).toEqual([
    'webui: nobody sets API_URL, and it is not listed as left at its default',
  ]);
  expect(unsetVariables([alpha], { webui: [...left.webui, 'API_URL', 'GONE'] })).toEqual([
    'webui: GONE is listed and does not exist',
    'webui: API_URL is set, and listed as left at its default',
  ]);
});
