import { afterAll, describe, expect, test } from 'vitest';
import { patient } from '../../scripts/processes/patience.ts';
import { signIn, signInAdmin } from '../harness/client.ts';
import { ok } from '../harness/http.ts';
import { metric, readMetrics } from '../harness/metrics.ts';
import { type RedisStage, raiseRedisStage, readiness } from '../harness/redis-stage.ts';
import { churn, ENDINGS, type Ending } from '../harness/session-churn.ts';
import type { AuditEntry, Page } from '../harness/types.ts';
import { withServers } from '../harness/with-servers.ts';

describe('two APIs that share a Redis', { timeout: patient(180_000) }, () => {
  let stage: RedisStage;
  withServers(['redis'], async () => {
    stage = await raiseRedisStage();
  });
  afterAll(() => stage?.[Symbol.asyncDispose]());

  test.each(Object.keys(ENDINGS) as Ending[])(
    '%s on one: dead on both at the next request',
    async (ending) => {
      const report = await churn(stage.stack, { endings: [ending], atLeast: 2, atMost: 20 });
      expect(report).toMatchObject({ wrong: [], errors: [] });
      expect(report.requests).toBeGreaterThan(report.rounds * 8);
    },
  );

  test('a change of the e-mail address on one is known on the other, and the session goes on', async () => {
    const [here, there] = stage.stack.apis.map((api) => `http://${api.listen.http}`) as [string, string];
    const admin = await signInAdmin(stage.stack);
    for (let i = 0; i < 5; i++) {
      const { id } = await admin.createUser(`before-${i}@example.com`, 'maintainer');
      const user = await signIn(there, `before-${i}@example.com`);
      await user.get('/auth/me');
      ok(await admin.at(here).send('PATCH', `/users/${id}`, { body: { email: `after-${i}@example.com` } }));
      await user.createRule({ name: `rule ${i}`, action: 'allow' });
      const log = await admin.get<Page<AuditEntry>>(`/audit-logs?actor_id=${id}&resource_type=rule`);
      expect(log.items[0]).toMatchObject({ actor_email: `after-${i}@example.com` });
    }
  });

  test('the cache is used, and both say so', async () => {
    const admin = await signInAdmin(stage.stack);
    for (const api of stage.stack.apis) {
      const count = async (outcome: string) =>
        metric(await readMetrics(`http://${api.listen.metrics}`), 'session_cache_lookups_total', { outcome });
      const [hits, misses] = [await count('hit'), await count('miss')];
      const user = admin.at(`http://${api.listen.http}`);
      for (let i = 0; i < 50; i++) await user.get('/auth/me');
      const used = (await count('hit')) - hits;
      expect(used, 'a busy machine may be too slow for some').toBeGreaterThan(25);
      expect((await count('miss')) - misses).toBeLessThan(used);
      expect(await readiness(api)).toMatchObject({ http: 200, checks: { redis: { ok: true } } });
    }
  });
});
