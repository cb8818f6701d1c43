import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it, test } from 'vitest';
import { type CheckResult, createHealth } from './health.ts';
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

  it('takes a check that throws for a failed one, and tells the log alone what and where', async () => {
    const lines: string[] = [];
    const health = createHealth(
      new AbortController().signal,
      pino({ level: 'warn' }, { write: (line: string) => void lines.push(line) }),
    );
    let broken = true;
    const run = async () => {
      if (broken) throw new Error('no route to db.internal:5432');
      return { ok: true };
    };
    health.register({ name: 'extra', needed: true, run });
    for (let i = 0; i < 3; i++)
      expect(await health.readiness()).toMatchObject({
        status: 'not_ready',
        checks: { extra: { ok: false, reason: 'it could not be checked: see the log' } },
      });
    expect(lines, 'once, however often somebody asks').toHaveLength(1);
    expect(lines[0]).toContain('db.internal:5432');
    broken = false;
    expect((await health.readiness()).status).toBe('ready');
    broken = true;
    await health.readiness();
    expect(lines).toHaveLength(2);
  });

  it('says of a database what is wrong, but not where it is, whoever asked it', async () => {
    const refused = Object.assign(new Error('connect ECONNREFUSED 10.1.2.3:5432'), { code: 'ECONNREFUSED' });
    app.ctx.health.register({ name: 'extra', needed: true, run: () => Promise.reject(refused) });
    const { body } = await app.request().get('/readyz').expect(503);
    expect(body.checks.extra).toEqual({ ok: false, reason: 'The database does not accept connections.' });
  });
});

test('however many ask for readiness at once, each check runs once, and anew for those who come later', async () => {
  const stopping = new AbortController();
  const health = createHealth(stopping.signal);
  let runs = 0;
  const gates = [Promise.withResolvers<CheckResult>(), Promise.withResolvers<CheckResult>()];
  health.register({ name: 'costly', needed: true, run: () => gates[runs++]!.promise });
  const answers = Array.from({ length: 50 }, () => health.readiness());
  expect(runs).toBe(1);
  // That it stops is no question to anybody else.
  stopping.abort();
  answers.push(health.readiness());
  gates[0]!.resolve({ ok: true });
  const statuses = (await Promise.all(answers)).map(({ status }) => status);
  expect(statuses).toEqual([...Array(50).fill('ready'), 'not_ready']);
  gates[1]!.resolve({ ok: false });
  expect((await health.readiness()).checks.costly).toEqual({ ok: false });
  expect(runs).toBe(2);
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
