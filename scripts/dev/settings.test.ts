import { expect, test } from 'vitest';
import { readSettings } from './settings.ts';

test('a bare environment gives the documented ports, SQLite in .dev, loopback only', () => {
  const { ports, env, host } = readSettings({});
  expect(ports).toMatchObject({
    WEBUI_PORT: 3000,
    API_PORT: 5000,
    FASTPATH_GRPC_PORT: 50_051,
    DATA_PORT: 7000,
  });
  expect(host).toBe('127.0.0.1');
  expect(env.api).toMatchObject({
    APP_ENV: 'development',
    HOST: '127.0.0.1',
    PORT: '5000',
    METRICS_PORT: '5001',
    DB_TYPE: 'sqlite',
    DB_NAME: expect.stringMatching(/\/\.dev\/tripod\.sqlite$/),
    FASTPATH_ADDRESS: '127.0.0.1:50051',
    ADMIN_EMAIL: 'admin@example.com',
  });
  expect(env.fastpath.DATA_HOST).toMatch(/^127\.0\.0\.1/);
  expect(env.webui).toMatchObject({ PORT: '3000', API_URL: 'http://127.0.0.1:5000' });
});

test('ports and the database come from the environment; PORT and HOST of a shell do not leak in', () => {
  const { env } = readSettings({
    API_PORT: '5010',
    DB_TYPE: 'postgres',
    DB_HOST: 'db',
    DB_NAME: 'x',
    PORT: '99',
    HOST: '',
  });
  expect(env.api).toMatchObject({
    PORT: '5010',
    DB_TYPE: 'postgres',
    DB_HOST: 'db',
    DB_NAME: 'x',
    HOST: '127.0.0.1',
  });
  expect(env.webui).toMatchObject({ PORT: '3000', API_URL: 'http://127.0.0.1:5010' });
});

test('another database gets no SQLite file; an empty FASTPATH_ADDRESS runs without the fast path', () => {
  const { env } = readSettings({ DB_TYPE: 'mysql', FASTPATH_ADDRESS: '' });
  expect(env.api.DB_NAME).toBeUndefined();
  expect(env.api.FASTPATH_ADDRESS).toBe('');
});

test.each([
  [{ API_PORT: 'http' }, 'API_PORT=http is not a port'],
  [{ API_PORT: '70000' }, 'API_PORT=70000 is not a port'],
  [{ API_PORT: '3000' }, 'WEBUI_PORT and API_PORT are both 3000'],
])('%o is refused', (environment, message) => {
  expect(() => readSettings(environment)).toThrow(message);
});
