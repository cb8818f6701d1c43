import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { mintBearer } from './testing/mint.ts';
import { startTestApp, type TestApp } from './testing/test-app.ts';

let app: TestApp;
beforeEach(async () => {
  app = await startTestApp();
});
afterEach(() => app.close());

describe('readiness', () => {
  it('is degraded, and still 200, when something that is not needed fails', async () => {
    app.ctx.health.register({
      name: 'extra',
      needed: false,
      run: () => ({ ok: false, reason: 'link down' }),
    });
    const { body } = await app.request().get('/readyz').expect(200);
    expect(body).toMatchObject({
      status: 'degraded',
      checks: { database: { ok: true }, extra: { ok: false, reason: 'link down' } },
    });
  });

  it('takes a check that throws for a failed one', async () => {
    const run = () => Promise.reject(new Error('broken'));
    app.ctx.health.register({ name: 'extra', needed: true, run });
    const { body } = await app.request().get('/readyz').expect(503);
    expect(body).toMatchObject({ status: 'not_ready', checks: { extra: { ok: false, reason: 'broken' } } });
  });
});

describe('without its database', () => {
  beforeEach(() => app.ctx.db.close());

  it('the API is alive and not ready', async () => {
    await app.request().get('/healthz').expect(200, { status: 'ok' });
    await app.request().get('/readyz').expect(503);
  });

  it('a request fails with 503 and logs nobody out', async () => {
    const other = await startTestApp();
    const bearer = await mintBearer(other.ctx, 'admin');
    await other.close();
    const { body, headers } = await app.request().get('/api/v1/users').set(bearer).expect(503);
    expect(body.code).toBe('database_unavailable');
    expect(Number(headers['retry-after'])).toBeGreaterThan(0);
    const login = { email: 'a@example.com', password: 'x' };
    await app.request().post('/api/v1/auth/login').send(login).expect(503);
  });

  it('the metrics are still there', async () => {
    expect(await app.ctx.metrics.registry.metrics()).toContain('process_cpu_seconds_total');
  });
});
