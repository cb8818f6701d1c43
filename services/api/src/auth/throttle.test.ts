import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AppError } from '../errors.ts';
import { startTestApp, TEST_PASSWORD, type TestApp } from '../testing/test-app.ts';

let app: TestApp;
beforeEach(async () => {
  app = await startTestApp({ AUTH_RATE_LIMIT: '2', AUTH_RATE_WINDOW_S: '60' });
});
afterEach(() => app.close());

/** The test connects from loopback, a trusted proxy, so the forwarded address counts. */
const login = (email: string, password: string, ip: string) =>
  app.request().post('/api/v1/auth/login').set('X-Forwarded-For', ip).send({ email, password });

const nobody = (n: number) => `nobody-${n}@example.com`;

describe('the login throttle', () => {
  it('stops guessing at one account from one address, and says for how long', async () => {
    const { email } = await app.person('viewer');
    for (let n = 0; n < 2; n++) await login(email, 'wrong', '192.0.2.1').expect(401);
    const { body, headers } = await login(email, TEST_PASSWORD, '192.0.2.1').expect(429);
    expect(body.code).toBe('too_many_attempts');
    expect(Number(headers['retry-after'])).toBeGreaterThan(0);
    expect(Number(headers['retry-after'])).toBeLessThanOrEqual(60);
    expect(await app.ctx.metrics.registry.metrics()).toContain('auth_logins_total{outcome="throttled"} 1');
  });

  it('counts parallel guesses before it looks at the password', async () => {
    const { email } = await app.person('viewer');
    const answers = await Promise.all(Array.from({ length: 6 }, () => login(email, 'wrong', '192.0.2.1')));
    expect(answers.map(({ status }) => status).sort()).toEqual([401, 401, 429, 429, 429, 429]);
  });

  it('does not keep the owner out, who comes from where he signed in before', async () => {
    const { email } = await app.person('viewer');
    await login(email, TEST_PASSWORD, '198.51.100.7').expect(200);
    for (let n = 0; n < 12; n++) await login(email, 'wrong', `192.0.2.${n}`);
    await login(email, TEST_PASSWORD, '203.0.113.9').expect(429);
    await login(email, TEST_PASSWORD, '198.51.100.7').expect(200);
  });

  it('forgets with the window', async () => {
    const { email } = await app.person('viewer');
    for (let n = 0; n < 3; n++) await login(email, 'wrong', '192.0.2.1');
    await login(email, TEST_PASSWORD, '192.0.2.1').expect(429);
    await app.ctx.db.knex('login_failures').update({ window_ends_at: Date.now() - 1 });
    await login(email, TEST_PASSWORD, '192.0.2.1').expect(200);
  });

  it('forgets after a login', async () => {
    const { email } = await app.person('viewer');
    for (let n = 0; n < 5; n++) {
      await login(email, 'wrong', '192.0.2.1').expect(401);
      await login(email, TEST_PASSWORD, '192.0.2.1').expect(200);
    }
  });

  it('stops one address that tries many accounts, and no other address', async () => {
    for (let n = 0; n < 20; n++) await login(nobody(n), 'wrong', '192.0.2.1').expect(401);
    await login(nobody(99), 'wrong', '192.0.2.1').expect(429);
    await login(nobody(99), 'wrong', '192.0.2.2').expect(401);
  });

  it('takes an IPv6 /64 for one address', async () => {
    for (let n = 0; n < 20; n++) await login(nobody(n), 'wrong', `2001:db8:1:2::${n + 1}`).expect(401);
    await login(nobody(99), 'wrong', '2001:db8:1:2:ffff::1').expect(429);
    await login(nobody(99), 'wrong', '2001:db8:1:3::1').expect(401);
  });

  it('counts no attempt that it refuses: one address locks an account for itself only', async () => {
    const { email } = await app.person('viewer');
    for (let n = 0; n < 12; n++) await login(email, 'wrong', '192.0.2.1').expect(n < 2 ? 401 : 429);
    await login(email, TEST_PASSWORD, '203.0.113.9').expect(200);
  });

  it('keeps no row of what it refuses', async () => {
    for (let n = 0; n < 20; n++) await login(nobody(n), 'wrong', '192.0.2.1').expect(401);
    const rows = () => app.ctx.db.knex('login_failures').count({ total: '*' });
    const before = await rows();
    for (let n = 20; n < 25; n++) await login(nobody(n), 'wrong', '192.0.2.1').expect(429);
    expect(await rows()).toEqual(before);
  });

  it('counts no attempt whose password nobody had time to look at', async () => {
    const { email } = await app.person('viewer');
    const verify = vi.spyOn(app.ctx.passwords, 'verify').mockRejectedValue(new AppError('overloaded'));
    for (let n = 0; n < 5; n++) {
      await login(email, TEST_PASSWORD, '192.0.2.1').expect(503);
    }
    verify.mockRestore();
    await login(email, TEST_PASSWORD, '192.0.2.1').expect(200);
  });

  it('is shared by all processes of one database', async () => {
    const { email } = await app.person('viewer');
    const { file } = app.ctx.config.database as { file: string };
    const second = await startTestApp({ AUTH_RATE_LIMIT: '2', DB_NAME: file });
    try {
      await login(email, 'wrong', '192.0.2.1').expect(401);
      const there = () =>
        second
          .request()
          .post('/api/v1/auth/login')
          .set('X-Forwarded-For', '192.0.2.1')
          .send({ email, password: 'wrong' });
      await there().expect(401);
      await there().expect(429);
      await login(email, 'wrong', '192.0.2.1').expect(429);
    } finally {
      await second.close();
    }
  });

  it('believes no forwarded address from an untrusted peer', async () => {
    const strict = await startTestApp({ AUTH_RATE_LIMIT: '1', TRUST_PROXY: '10.9.9.9' });
    try {
      const from = (ip: string, n: number) =>
        strict
          .request()
          .post('/api/v1/auth/login')
          .set('X-Forwarded-For', ip)
          .send({ email: nobody(n), password: 'wrong' });
      for (let n = 0; n < 10; n++) await from(`192.0.2.${n}`, n).expect(401);
      await from('192.0.2.200', 99).expect(429);
    } finally {
      await strict.close();
    }
  });
});
