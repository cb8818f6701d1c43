import { expect, test } from 'vitest';
import { containerOf, type Defect, expectFound, overlay } from '../testing/planted.ts';
import { checkSecrets } from './secrets.ts';

const alpha = await overlay('alpha');
const beta = await overlay('beta');
const base64 = (text: string) => Buffer.from(text).toString('base64');
const data =
  (change: object): Defect =>
  (object) =>
    Object.assign(object.data, change);

test.each<[string, string, Defect]>([
  [': DB_PASS is a secret', 'ConfigMap api', data({ DB_PASS: 'x' })],
  [
    'container api: REDIS_URL is a secret, and stands',
    'Deployment api',
    (object) => containerOf(object).env.push({ name: 'REDIS_URL', value: 'redis://:x@redis' }),
  ],
  ['container api: APP_ENV is alpha and not production', 'ConfigMap api', data({ APP_ENV: 'alpha' })],
  ['Secret api is in it', 'ServiceAccount api', (object) => Object.assign(object, { kind: 'Secret' })],
])('beta: %s', (problem, title, defect) => {
  expectFound(checkSecrets, beta, title, defect, problem);
});

test.each<[string, string, Defect]>([
  ['JWT_KEYS does not say', 'Secret api', data({ JWT_KEYS: base64('k1:0123456789abcdef0123456789abcdef') })],
  ['DB_PASSWORD is none of its keys', 'Secret database', data({ DB_PASSWORD: base64('development') })],
  [
    'container webui: APP_ENV is production and not alpha',
    'ConfigMap webui',
    data({ APP_ENV: 'production' }),
  ],
])('alpha: %s', (problem, title, defect) => {
  expectFound(checkSecrets, alpha, title, defect, problem);
});

test('development credentials do not get into beta', () => {
  expect(checkSecrets({ ...alpha, existingSecrets: true }).join('\n')).toMatch(/Secret api-\w+ is in it/);
});
