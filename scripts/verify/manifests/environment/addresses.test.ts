import { expect, test } from 'vitest';
import { containerOf, type Defect, expectFound, overlay } from '../testing/planted.ts';
import { checkAddresses } from './addresses.ts';

const alpha = await overlay('alpha');
const beta = await overlay('beta');
const two = await overlay('alpha-two');
const data =
  (change: object): Defect =>
  (object) =>
    Object.assign(object.data, change);

test.each<[string, string, Defect]>([
  [
    'container webui: API_URL: there is no Service backend',
    'ConfigMap webui',
    data({ API_URL: 'http://backend:5000' }),
  ],
  [
    'container webui: API_URL: Service api has no port 80',
    'ConfigMap webui',
    data({ API_URL: 'http://api' }),
  ],
  ['container webui: API_URL "api" is none', 'ConfigMap webui', data({ API_URL: 'api' })],
  ['DB_HOST: there is no Service db', 'ConfigMap database', data({ DB_HOST: 'db' })],
  ['DB_HOST: Service postgres has no port 3306', 'ConfigMap database', data({ DB_PORT: '3306' })],
  [
    'Job api-migrate: container api-migrate: DB_TYPE is mysql',
    'ConfigMap database',
    data({ DB_TYPE: 'mysql' }),
  ],
  [
    'FASTPATH_ADDRESS: there is no Service fastpath-',
    'ConfigMap api',
    data({ FASTPATH_ADDRESS: 'fastpath-grpc:50051' }),
  ],
  [
    'FASTPATH_ADDRESS: Service fastpath is not headless',
    'ConfigMap api',
    data({ FASTPATH_ADDRESS: 'fastpath:50051' }),
  ],
  [
    'FASTPATH_ADDRESS: Service fastpath-headless has no port 8080',
    'ConfigMap api',
    data({ FASTPATH_ADDRESS: 'fastpath-headless:8080' }),
  ],
  ['container api: port http is 5000, and PORT 8000', 'ConfigMap api', data({ PORT: '8000' })],
  [
    'container fastpath: port data is 7001, and DATA_PORT 7000',
    'Deployment fastpath',
    (object) => Object.assign(containerOf(object).ports[2], { containerPort: 7001 }),
  ],
  [
    'there is no svc/webui with port 80 to http',
    'Service webui',
    ({ metadata }) => Object.assign(metadata, { name: 'dev-webui' }),
  ],
  [
    'there is no svc/api with port 5000 to http',
    'Service api',
    ({ spec }) => Object.assign(spec.ports[0], { port: 80 }),
  ],
])('alpha: %s', (problem, title, defect) => {
  expectFound(checkAddresses, alpha, title, defect, problem);
});

test('a database outside has a name of DNS', () => {
  expectFound(
    checkAddresses,
    beta,
    'ConfigMap database',
    data({ DB_HOST: 'postgres' }),
    'is no database outside',
  );
});

test('without a fast path there is no address of one', () => {
  expect(checkAddresses(two)).toEqual([]);
  expectFound(
    checkAddresses,
    two,
    'ConfigMap api',
    data({ FASTPATH_ADDRESS: 'fastpath-headless:50051' }),
    'leads to nobody',
  );
});
