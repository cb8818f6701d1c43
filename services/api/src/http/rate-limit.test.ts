import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Person, startTestApp, type TestApp } from '../testing/test-app.ts';

const LIMIT = 20;

describe('the limit of requests', () => {
  let t: TestApp;
  let admin: Person;
  let viewer: Person;
  beforeAll(async () => {
    t = await startTestApp({ RATE_LIMIT_PER_MINUTE: String(LIMIT), TRUST_PROXY: 'loopback' });
    admin = await t.person('admin');
    viewer = await t.person('viewer');
  });
  afterAll(() => t?.close());

  const from = (address: string) => ({ 'X-Forwarded-For': address });
  const statuses = async (count: number, send: () => PromiseLike<{ status: number }>) => {
    const replies = [];
    for (let i = 0; i < count; i++) replies.push((await send()).status);
    return replies;
  };
  const allowed = (status: number) => [...Array(LIMIT).fill(status), 429, 429];

  test('is of the user, wherever he is, and says when to come back', async () => {
    let address = 0;
    const me = () =>
      t
        .request()
        .get('/api/v1/auth/me')
        .set(viewer.bearer)
        .set(from(`192.0.2.${address++}`));
    expect(await statuses(LIMIT + 2, me)).toEqual(allowed(200));
    const refused = await me();
    expect(refused.body).toMatchObject({ status: 429, code: 'rate_limited', request_id: expect.any(String) });
    expect(refused.headers['content-type']).toMatch('application/problem+json');
    const seconds = Number(refused.headers['retry-after']);
    expect(seconds).toBeGreaterThan(0);
    expect(seconds).toBeLessThanOrEqual(60);
    expect(await t.ctx.metrics.registry.metrics()).toContain('http_rate_limited_total{by="user"} 3');
    await t.request().get('/api/v1/auth/me').set(admin.bearer).expect(200);
  });

  test('does not ask the database for a refused request', async () => {
    let queries = 0;
    t.ctx.db.knex.on('query', () => void queries++);
    await t.request().get('/api/v1/auth/me').set(viewer.bearer).expect(429);
    expect(queries).toBe(0);
  });

  test.each([
    ['an unknown path of the API', '/api/v1/nothing', 404, '198.51.100.1'],
    ['without a token', '/api/v1/users', 401, '198.51.100.2'],
    ['the document', '/api/v1/openapi.json', 200, '198.51.100.3'],
    ['an unknown path', '/nothing', 404, '198.51.100.4'],
  ])('is of the address for whoever is not signed in: %s', async (_, path, status, address) => {
    const send = () => t.request().get(path).set(from(address));
    expect(await statuses(LIMIT + 2, send)).toEqual(allowed(status));
  });

  test('is of the address at a public route', async () => {
    const send = () => t.request().post('/api/v1/auth/refresh').set(from('198.51.100.8')).send({});
    const replies = await statuses(LIMIT + 2, send);
    expect(replies.slice(-2)).toEqual([429, 429]);
    expect(replies.slice(0, LIMIT)).not.toContain(429);
  });

  test('counts a token that is not ours for the address, a wrong method too', async () => {
    const forged = () =>
      t
        .request()
        .get('/api/v1/users')
        .set('Authorization', `Bearer ${viewer.accessToken}x`)
        .set(from('198.51.100.9'));
    const wrong = () => t.request().put('/api/v1/auth/login').set(from('198.51.100.9'));
    expect(await statuses(LIMIT, forged)).toEqual(Array(LIMIT).fill(401));
    expect(await statuses(2, wrong)).toEqual([429, 429]);
  });

  test('of a user is not used up by whoever holds the token of a session that has ended', async () => {
    const victim = await t.person('viewer');
    const thief = () => t.request().get('/api/v1/auth/me').set(victim.bearer).set(from('198.51.100.10'));
    await t.request().post('/api/v1/auth/logout').set(victim.bearer).expect(204);
    // The first is found out by the database, the others need it no more.
    expect(await statuses(LIMIT + 3, thief)).toEqual([401, ...allowed(401)]);
    const { bearer } = await t.login(victim.email);
    await t.request().get('/api/v1/auth/me').set(bearer).expect(200);
  });

  test('takes an IPv6 network of 64 bits for one address', async () => {
    let host = 0;
    const send = () =>
      t
        .request()
        .get('/api/v1/users')
        .set(from(`2001:db8:0:1::${(++host).toString(16)}`));
    expect(await statuses(LIMIT + 2, send)).toEqual(allowed(401));
    await t.request().get('/api/v1/users').set(from('2001:db8:0:2::1')).expect(401);
  });

  test('does not count probes', async () => {
    const send = () => t.request().get('/readyz').set(from('198.51.100.20'));
    expect(await statuses(3 * LIMIT, send)).toEqual(Array(3 * LIMIT).fill(200));
  });

  test('of 0 is none', async () => {
    await using free = Object.assign(await startTestApp({ RATE_LIMIT_PER_MINUTE: '0' }), {
      async [Symbol.asyncDispose]() {
        await free.close();
      },
    });
    const send = () => free.request().get('/api/v1/users');
    expect(await statuses(100, send)).toEqual(Array(100).fill(401));
  });
});
