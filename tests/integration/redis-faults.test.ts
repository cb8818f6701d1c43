import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { patient } from '../../scripts/processes/patience.ts';
import { startService } from '../../scripts/processes/service-process.ts';
import { waitUntil } from '../../scripts/processes/wait-until.ts';
import { signInAdmin } from '../harness/client.ts';
import { metric, readMetrics } from '../harness/metrics.ts';
import { redisCommand } from '../harness/redis-command.ts';
import { type RedisStage, raiseRedisStage, readiness, redisIs } from '../harness/redis-stage.ts';
import { type ChurnReport, churn, quantile } from '../harness/session-churn.ts';
import { withServers } from '../harness/with-servers.ts';

/** With a Redis that does not answer: the timeout and the database, on a machine that does other things as well. */
const SLOWEST_READ_MS = patient(2000);
/** A change that must wait for the lease of the cache (3.2 s), and itself. */
const SLOWEST_CHANGE_MS = patient(10_000);

/** Whatever Redis does: no wrong answer, no error, and nobody waits long. */
function expectCorrect(report: ChurnReport, name: string): void {
  const ms = (value: number) => `${Math.round(value)} ms`;
  console.log(
    `${name}: ${report.rounds} rounds, ${report.requests} requests; reads p50 ${ms(quantile(report.readMs, 0.5))}, ` +
      `p99 ${ms(quantile(report.readMs, 0.99))}, slowest ${ms(Math.max(...report.readMs))}; ` +
      `changes p50 ${ms(quantile(report.changeMs, 0.5))}, slowest ${ms(Math.max(...report.changeMs))}`,
  );
  expect(report).toMatchObject({ wrong: [], errors: [] });
  expect(Math.max(...report.readMs)).toBeLessThan(SLOWEST_READ_MS);
  expect(Math.max(...report.changeMs)).toBeLessThan(SLOWEST_CHANGE_MS);
}

describe('sessions while Redis', { timeout: patient(240_000) }, () => {
  let stage: RedisStage;
  withServers(['redis']);
  beforeEach(async () => {
    stage = await raiseRedisStage();
  });
  afterEach(() => stage?.[Symbol.asyncDispose]());

  /** Rounds while `trouble` goes on: it is called again and again, and may wait for what it likes. */
  async function churnDuring(trouble: () => Promise<void>): Promise<ChurnReport> {
    let over = false;
    const troubled = (async () => {
      while (!over) await trouble();
    })();
    const report = await churn(stage.stack, { atLeast: 8, atMost: 40 }).finally(() => {
      over = true;
    });
    await troubled;
    return report;
  }

  test('is killed and started again, over and over', async () => {
    const report = await churnDuring(async () => {
      await stage.redis.kill();
      await redisIs('away', stage.stack);
      await stage.redis.start();
      await redisIs('up', stage.stack);
    });
    expectCorrect(report, 'killed');
  });

  test('is away: degraded with the reason, not unready, and all is as without it', async () => {
    await stage.redis.kill();
    const [api] = stage.stack.apis;
    await redisIs('away', stage.stack);
    expect(await readiness(api!)).toMatchObject({
      http: 200,
      status: 'degraded',
      checks: {
        database: { ok: true },
        redis: { ok: false, reason: expect.stringMatching(/; sessions are read from the database$/) },
      },
    });
    expect((await readiness(api!)).checks.redis!.reason).not.toMatch(/\d{4}|127\.|localhost/);
    const report = await churn(stage.stack, { atLeast: 8 });
    expectCorrect(report, 'away');
    const samples = await readMetrics(`http://${api!.listen.metrics}`);
    expect(metric(samples, 'session_cache_lookups_total', { outcome: 'unavailable' })).toBeGreaterThan(0);
    expect(metric(samples, 'session_cache_waits_total')).toBeGreaterThan(0);
    await stage.redis.start();
    await redisIs('up', stage.stack);
    expect((await readiness(api!)).status).toBe('ready');
  });

  test('is full and refuses what would make it fuller: it is asked all the same', async () => {
    // Room for what it is, and nothing more.
    expect(await redisCommand(stage.redis, 'CONFIG', 'SET', 'maxmemory', '1')).toBe('+OK');
    const report = await churn(stage.stack, { atLeast: 8 });
    expectCorrect(report, 'full');
    await redisIs('up', stage.stack);
    for (const api of stage.stack.apis) {
      const samples = await readMetrics(`http://${api.listen.metrics}`);
      const count = (outcome: string) => metric(samples, 'session_cache_lookups_total', { outcome });
      expect(count('unavailable'), 'only what took too long').toBeLessThan(count('miss'));
      const waited = metric(samples, 'session_cache_waits_total');
      expect(waited, 'a stamp can still be destroyed').toBeLessThan(report.rounds / 2);
      expect((await readiness(api)).checks.redis?.reason).toContain('(OOM)');
    }
  });

  test('becomes a replica, which takes no changes, and the master again', async () => {
    const report = await churnDuring(async () => {
      expect(await redisCommand(stage.redis, 'REPLICAOF', '127.0.0.1', '1')).toBe('+OK');
      await redisIs('away', stage.stack);
      expect(await redisCommand(stage.redis, 'REPLICAOF', 'NO', 'ONE')).toBe('+OK');
      await redisIs('up', stage.stack);
    });
    expectCorrect(report, 'demoted and promoted');
  });

  test('comes back with an old snapshot', async () => {
    const report = await churnDuring(async () => {
      expect(await redisCommand(stage.redis, 'SAVE')).toBe('+OK');
      await stage.redis.kill();
      await stage.redis.start();
      await redisIs('up', stage.stack);
    });
    expectCorrect(report, 'old snapshot');
  });

  test('is emptied in a loop', async () => {
    let flushes = 0;
    const report = await churnDuring(async () => {
      expect(await redisCommand(stage.redis, 'FLUSHALL')).toBe('+OK');
      flushes += 1;
    });
    expectCorrect(report, `flushed ${flushes} times`);
    expect(flushes).toBeGreaterThan(report.rounds);
  });

  test('hangs and goes on', async () => {
    const report = await churnDuring(async () => {
      process.kill(stage.redis.pid, 'SIGSTOP');
      await redisIs('away', stage.stack).finally(() => process.kill(stage.redis.pid, 'SIGCONT'));
      await redisIs('up', stage.stack);
    });
    expectCorrect(report, 'hanging');
  });

  test('is reached over connections that are cut', async () => {
    const report = await churnDuring(async () => {
      stage.proxy.cut();
      await redisIs('up', stage.stack);
    });
    expectCorrect(report, 'cut');
  });

  test.each([20, 150])('answers %i ms late', async (delayMs) => {
    stage.proxy.delay(delayMs);
    const report = await churn(stage.stack, { atLeast: 8 });
    expectCorrect(report, `late by 2 × ${delayMs} ms`);
    await stage.proxy.heal();
    await redisIs('up', stage.stack);
  });

  test('is reached by one API alone: the other one makes its changes wait', async () => {
    // The second one gets a way of its own, which is closed to it.
    const [, second] = stage.stack.apis;
    await second!.restart({ REDIS_URL: 'redis://127.0.0.1:1' });
    const report = await churn(stage.stack, { atLeast: 8 });
    expectCorrect(report, 'half reached');
    expect(quantile(report.changeMs, 0.75), 'changes at the second API').toBeGreaterThan(3000);
  });

  test('refuses the password: starts all the same, and never says it', async () => {
    const url = stage.stack.env.api.REDIS_URL!.replace(stage.redis.password, 'wrong-secret-42');
    await using api = await startService('api', { ...stage.stack.env.api, REDIS_URL: url });
    const reason = await waitUntil('the reason', async () => (await readiness(api)).checks.redis?.reason);
    await waitUntil('WRONGPASS', async () =>
      (await readiness(api)).checks.redis?.reason?.includes('WRONGPASS'),
    );
    const admin = (await signInAdmin(stage.stack)).at(`http://${api.listen.http}`);
    await admin.get('/auth/me');
    expect(JSON.stringify([reason, api.logs, await readiness(api)])).not.toContain('wrong-secret-42');
  });
});
