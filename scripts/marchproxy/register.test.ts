import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { inRepository } from '../repository.ts';
import { connect } from './client.ts';
import { registerServices } from './register.ts';
import { type ProxyService, parseServices } from './service.ts';
import { type FakeMarchProxy, startFakeMarchProxy, USER } from './testing/fake-marchproxy.ts';

const COMMITTED = parseServices(
  readFileSync(inRepository('config/marchproxy/services.json'), 'utf8'),
).services;

let fake: FakeMarchProxy;
beforeEach(async () => {
  fake = await startFakeMarchProxy();
});
afterEach(() => fake[Symbol.asyncDispose]());

async function register(services: readonly ProxyService[] = COMMITTED, clusterId = 1) {
  fake.changes.length = 0;
  const lines: string[] = [];
  const proxy = await connect({ url: fake.url, clusterId, ...USER });
  const problems = await registerServices(proxy, clusterId, services, (line) => lines.push(line));
  return { lines, problems, changes: [...fake.changes] };
}

test('creates what is missing, with the cluster; a second time there is nothing to do', async () => {
  const { lines, problems } = await register();
  expect(problems).toEqual([]);
  expect(lines).toEqual(COMMITTED.map(({ name }) => `${name}: created`));
  expect(
    fake.services.map(({ name, port, protocol, cluster_id }) => [name, port, protocol, cluster_id]),
  ).toEqual([
    ['tripod-webui', 80, 'http', 1],
    ['tripod-api', 5000, 'http', 1],
    ['tripod-fastpath-grpc', 50051, 'tcp', 1],
    ['tripod-fastpath-data', 7000, 'udp', 1],
  ]);
  const again = await register();
  expect(again.changes).toEqual([]);
  expect(again.lines).toEqual(COMMITTED.map(({ name }) => `${name}: is as it should be`));
});

test('changes what differs and nothing else; a service that was switched off is switched on', async () => {
  await register();
  Object.assign(fake.services[0]!, { port: 8080, is_active: false });
  const { lines, changes } = await register();
  expect(changes).toEqual(['PATCH /services/1']);
  expect(lines[0]).toBe('tripod-webui: changed port, is_active');
  expect(fake.services[0]).toMatchObject({ port: 80, is_active: true });
});

test('finds a service behind a thousand others', async () => {
  await register();
  const [webui] = fake.services;
  const others = Array.from({ length: 1_500 }, (_, i) => ({ ...webui!, id: 100 + i, name: `other-${i}` }));
  fake.services.unshift(...others);
  expect((await register()).changes).toEqual([]);
});

test('a type of authentication that needs a secret gets one', async () => {
  await register();
  const secured = COMMITTED.map((one, i) => (i === 1 ? { ...one, auth_type: 'jwt' } : one));
  const { lines, changes } = await register(secured);
  expect(changes).toEqual(['POST /services/2/rotate-token']);
  expect(lines[1]).toBe('tripod-api: changed auth_type');
  expect(fake.services[1]).toMatchObject({ auth_type: 'jwt', jwt_secret: 'made-by-rotation' });
  expect((await register(secured)).changes).toEqual([]);
  expect((await register()).changes).toEqual(['PATCH /services/2']);
});

test('refusals do not stop the others, and are answered together', async () => {
  await register(COMMITTED.slice(0, 1), 2);
  const bad = COMMITTED.map((one, i) => (i === 1 ? { ...one, protocol: 'grpc' } : one));
  const { problems, lines } = await register(bad);
  expect(problems).toEqual([
    'tripod-webui: the name is taken in cluster 2',
    'tripod-api: POST /api/v1/services → 422 protocol: Input is not valid',
  ]);
  expect(lines).toHaveLength(2);
  const renamed = COMMITTED.map((one) => ({ ...one, name: `${one.name}-2` }));
  expect((await register(renamed, 9)).problems).toEqual(
    renamed.map(({ name }) => `${name}: POST /api/v1/services → 404 Cluster not found`),
  );
});

test('no message holds the password', async () => {
  const failure = (change: object) =>
    connect({ url: fake.url, clusterId: 1, ...USER, ...change }).then(
      () => '',
      (error: Error) => error.message,
    );
  // The 422 repeats the whole body.
  expect(await failure({ username: 'x' })).toBe('POST /api/v1/auth/login → 422 username: Input is not valid');
  expect(await failure({ password: 'wrong password' })).toBe(
    'POST /api/v1/auth/login → 401 Incorrect username or password',
  );
  expect(await failure({ url: 'http://127.0.0.1:1' })).toMatch(/^POST \/api\/v1\/auth\/login: /);
  fake.twoFactor = true;
  expect(await failure({})).toContain('two-factor');
});
