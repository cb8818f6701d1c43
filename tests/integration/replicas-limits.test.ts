import { afterAll, describe, expect, test } from 'vitest';
import { type Client, PASSWORD, signIn, tryLogin } from '../harness/client.ts';
import { RAISE_MS } from '../harness/fault-stage.ts';
import { metric, readMetrics } from '../harness/metrics.ts';
import { REPLICAS, type ReplicaStage, raiseReplicas, shares } from '../harness/replica-stage.ts';
import { spread } from '../harness/round-robin-proxy.ts';
import { withServers } from '../harness/with-servers.ts';

const GUESSES = 5;
const REQUESTS = 60;
const LIMITS = { AUTH_RATE_LIMIT: `${GUESSES}`, RATE_LIMIT_PER_MINUTE: `${REQUESTS}` };

describe.each([{ redis: false }, { redis: true }])(
  'limits over three API processes, Redis: $redis',
  ({ redis }) => {
    let stage: ReplicaStage;
    let user: Client;
    const raise = async () => {
      stage = await raiseReplicas({ redis, env: LIMITS });
      await stage.admin.createUser('counted@example.com', 'viewer');
      await stage.admin.createUser('victim@example.com', 'viewer');
      user = spread(await signIn(stage.admins[0]!.base, 'counted@example.com'), stage.proxy);
    };
    withServers(redis ? ['postgres', 'redis'] : ['postgres'], raise, RAISE_MS);
    afterAll(() => stage?.[Symbol.asyncDispose]());

    /** How many of these requests pass, a few at once; the proxy leads each to the next process. */
    async function passed(count: number): Promise<number> {
      let left = count;
      let passed = 0;
      const sender = async () => {
        while (left-- > 0) {
          const { status } = await user.send('GET', '/auth/me');
          expect([200, 429]).toContain(status);
          if (status === 200) passed++;
        }
      };
      await Promise.all([sender(), sender(), sender(), sender()]);
      return passed;
    }

    async function redisFailures(): Promise<number> {
      if (!redis) return 0;
      const pages = stage.stack.apis.map((api) => readMetrics(`http://${api.listen.metrics}`));
      return (await Promise.all(pages)).reduce((sum, page) => sum + metric(page, 'redis_failures_total'), 0);
    }

    test('the limit of requests is one for all with Redis, and one of each process without', async () => {
      let allowed = 0;
      // Every process is asked for more than its own limit.
      const taken = await shares(stage.proxy, async () => {
        allowed = await passed((REPLICAS + 1) * REQUESTS);
      });
      expect(Math.min(...taken)).toBeGreaterThan(REQUESTS);
      if (!redis) expect(allowed).toBe(REPLICAS * REQUESTS);
      // On a machine so busy that Redis took too long, a process has counted some by itself.
      else if ((await redisFailures()) > 0) expect(allowed).toBeLessThanOrEqual((REPLICAS + 1) * REQUESTS);
      else expect(allowed).toBe(REQUESTS);
    });

    test('guesses of a password are counted in the database: by all together, one after the other', async () => {
      const guess = (n: number, password: string) =>
        tryLogin(stage.admins[n % REPLICAS]!.base, 'victim@example.com', password);
      const statuses: number[] = [];
      for (let n = 0; n < 2 * GUESSES; n++) statuses.push((await guess(n, `guess-${n}`)).status);
      expect(statuses).toEqual([...Array(GUESSES).fill(401), ...Array(GUESSES).fill(429)]);
      for (let n = 0; n < REPLICAS; n++)
        expect((await guess(n, PASSWORD)).status, 'the right one is not told apart').toBe(429);
    });

    test('and at once', async () => {
      const guesses = Array.from({ length: 4 * REPLICAS }, (_, n) =>
        tryLogin(stage.admins[n % REPLICAS]!.base, 'nobody@example.com', `guess-${n}`),
      );
      const statuses = (await Promise.all(guesses)).map(({ status }) => status).sort();
      expect(statuses).toEqual([...Array(GUESSES).fill(401), ...Array(4 * REPLICAS - GUESSES).fill(429)]);
    });
  },
);
