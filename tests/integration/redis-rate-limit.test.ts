import { afterAll, describe, expect, test } from 'vitest';
import { type Client, signInAdmin } from '../harness/client.ts';
import { metric, readMetrics } from '../harness/metrics.ts';
import { type RedisStage, raiseRedisStage, redisIs } from '../harness/redis-stage.ts';
import { withServers } from '../harness/with-servers.ts';

const LIMIT = 60;

describe('the limit of requests over two APIs', () => {
  let stage: RedisStage;
  let clients: Client[];
  withServers(['redis'], async () => {
    stage = await raiseRedisStage({ RATE_LIMIT_PER_MINUTE: String(LIMIT) });
    const admin = await signInAdmin(stage.stack);
    clients = stage.stack.apis.map((api) => admin.at(`http://${api.listen.http}`));
  });
  afterAll(() => stage?.[Symbol.asyncDispose]());

  /** How many of so many requests are allowed, a few at once over both APIs: a burst would be about the machine. */
  async function allowed(count: number): Promise<number> {
    let left = count;
    let passed = 0;
    async function send(client: Client): Promise<void> {
      while (left-- > 0) {
        const { status } = await client.send('GET', '/auth/me');
        expect([200, 429]).toContain(status);
        if (status === 200) passed += 1;
      }
    }
    await Promise.all([...clients, ...clients].map(send));
    return passed;
  }

  async function failures(): Promise<number> {
    const pages = stage.stack.apis.map((api) => readMetrics(`http://${api.listen.metrics}`));
    return (await Promise.all(pages)).reduce((sum, page) => sum + metric(page, 'redis_failures_total'), 0);
  }

  test('is one limit, to the request, however they come', async () => {
    const passed = await allowed(2 * LIMIT);
    // On a machine so busy that Redis took too long, an API has counted some by itself.
    if ((await failures()) === 0) expect(passed).toBe(LIMIT);
    else expect(passed).toBeLessThanOrEqual(2 * LIMIT);
  });

  test('is each one’s own while Redis is away, and nobody gets an error', async () => {
    const before = await failures();
    await stage.redis.kill();
    await redisIs('away', stage.stack);
    const passed = await allowed(3 * LIMIT);
    expect(passed).toBeGreaterThan(0);
    expect(passed).toBeLessThanOrEqual(2 * LIMIT);
    if (before === 0) expect(passed).toBe(2 * LIMIT);
  });
});
