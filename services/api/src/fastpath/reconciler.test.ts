import { randomUUID } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import type { FakeFastPath } from './testing/fake-fastpath.ts';
import { type LinkedApps, startLinkedApps } from './testing/linked-apps.ts';

let linked: LinkedApps;

afterEach(() => linked.close());

/** Generous, and half of a minute: where the rounds are a minute apart, what comes in time was not fetched with the next. */
const poll = { timeout: 30_000, interval: 10 };

const idsOf = (fake: FakeFastPath) => fake.applied?.rules.map(({ id }) => id).toSorted();
const revisionOf = (fake: FakeFastPath) => fake.applied?.version?.revision;

async function status(index = 0) {
  const app = linked.apps[index]!;
  const reply = await app.request().get('/api/v1/fastpath/status').set(linked.admin.bearer).expect(200);
  return reply.body;
}

async function allInSync() {
  const { instances } = await status();
  return instances.length > 0 && instances.every(({ in_sync }: { in_sync: boolean }) => in_sync);
}

describe('reconciling', () => {
  it('brings new, empty instances to the saved rules, in the shape that proto asks for', async () => {
    linked = await startLinkedApps({ fakes: 2 });
    const limit = {
      action: 'rate_limit',
      rate_pps: 100,
      src_cidr: '10.1.1.1/8',
      priority: 3,
      dst_port_max: 7010,
    };
    const { id } = await linked.createRule(limit);
    await expect.poll(() => linked.fakes.map(idsOf), poll).toEqual([[id], [id]]);
    expect(linked.fakes[0]?.applied?.rules[0]).toEqual({
      id,
      enabled: true,
      priority: 3,
      action: 'ACTION_RATE_LIMIT',
      protocol: 'PROTOCOL_UDP',
      src_cidr: '10.0.0.0/8',
      dst_cidr: '',
      src_ports: null,
      dst_ports: { min: 7000, max: 7010 },
      rate_pps: 100,
      burst: 5,
    });
    await expect.poll(allInSync, poll).toBe(true);
    const { desired, instances } = await status();
    expect(instances.map(({ applied }: { applied: object }) => applied)).toEqual([desired, desired]);
    expect(instances[0]).toMatchObject({
      mode: 'udp',
      mode_reason: 'this is a test',
      rule_count: 1,
      reachable: true,
    });
  });

  it('enforces a saved, a changed and a deleted rule at once, from either process', async () => {
    linked = await startLinkedApps({ apps: 2, fakes: 2, env: { RECONCILE_INTERVAL_MS: '60000' } });
    await expect.poll(allInSync, poll).toBe(true);
    for (const app of linked.apps) {
      const { id, etag } = await linked.createRule({}, app);
      await expect.poll(() => linked.fakes.map(idsOf), poll).toEqual([[id], [id]]);
      const path = `/api/v1/rules/${id}`;
      await app
        .request()
        .patch(path)
        .set(linked.admin.bearer)
        .set('If-Match', etag)
        .send({ priority: 9 })
        .expect(200);
      await expect
        .poll(() => linked.fakes.map(({ applied }) => applied?.rules[0]?.priority), poll)
        .toEqual([9, 9]);
      await app.request().delete(path).set(linked.admin.bearer).set('If-Match', '*').expect(204);
      await expect.poll(() => linked.fakes.map(idsOf), poll).toEqual([[], []]);
    }
  });

  it('settles while two processes change rules at the same time, and stays settled', async () => {
    linked = await startLinkedApps({ apps: 2, fakes: 2 });
    const created = await Promise.all(
      Array.from({ length: 20 }, (_, index) => linked.createRule({}, linked.apps[index % 2])),
    );
    const all = created.map(({ id }) => id).toSorted();
    await expect.poll(() => linked.fakes.map(idsOf), poll).toEqual([all, all]);
    const { desired } = await status();
    expect(linked.fakes.map(revisionOf)).toEqual([desired.revision, desired.revision]);
    const applies = linked.fakes.map((fake) => fake.applies);
    await expect
      .poll(async () => (await status(1)).instances.map((i: { in_sync: boolean }) => i.in_sync), poll)
      .toEqual([true, true]);
    expect(
      linked.fakes.map((fake) => fake.applies),
      'nothing is applied twice',
    ).toEqual(applies);
  });

  it('enforces again by itself after an instance was killed and came back empty', async () => {
    linked = await startLinkedApps({ fakes: 2, env: { RECONCILE_INTERVAL_MS: '2000' } });
    const { id } = await linked.createRule();
    await expect.poll(allInSync, poll).toBe(true);
    linked.fakes[0]?.kill();
    await expect
      .poll(
        async () => (await status()).instances.map(({ reachable }: { reachable: boolean }) => reachable),
        poll,
      )
      .toContain(false);
    const gone = (await status()).instances.find(({ reachable }: { reachable: boolean }) => !reachable);
    expect(gone).toMatchObject({ in_sync: false, applied: null, error: expect.any(String) });
    expect(gone.last_seen_at).not.toBeNull();
    const readiness = await linked.apps[0]!.request().get('/readyz').expect(200);
    expect(readiness.body).toMatchObject({ status: 'degraded', checks: { fastpath: { ok: false } } });
    expect(readiness.body.checks.fastpath.reason).toContain(gone.address);

    // Rules saved meanwhile reach the instance that lives, and the other one when it is back.
    const second = await linked.createRule();
    const both = [id, second.id].toSorted();
    await expect.poll(() => idsOf(linked.fakes[1]!), poll).toEqual(both);
    const fake = await linked.restart(0);
    await expect.poll(() => idsOf(fake), poll).toEqual(both);
    await expect.poll(allInSync, poll).toBe(true);
    expect((await linked.apps[0]!.request().get('/readyz').expect(200)).body.status).toBe('ready');
  });

  it('replaces the rules of another database', async () => {
    linked = await startLinkedApps();
    await expect.poll(allInSync, poll).toBe(true);
    const fake = linked.fakes[0]!;
    fake.applied = { version: { source_id: randomUUID(), revision: 1_000_000 }, rules: [] };
    const { id } = await linked.createRule();
    await expect.poll(() => idsOf(fake), poll).toEqual([id]);
    expect((await status()).desired.revision).toBeLessThan(1_000_000);
  });

  it('overtakes an instance that is ahead, because the database was restored from a backup', async () => {
    linked = await startLinkedApps();
    await expect.poll(allInSync, poll).toBe(true);
    const fake = linked.fakes[0]!;
    const { desired } = await status();
    fake.applied = { version: { source_id: desired.source_id, revision: desired.revision + 50 }, rules: [] };
    const { id } = await linked.createRule();
    await expect.poll(() => idsOf(fake), poll).toEqual([id]);
    expect((await status()).desired.revision).toBeGreaterThan(desired.revision + 50);
    await expect.poll(allInSync, poll).toBe(true);
  });

  it('does not follow an instance that claims a revision no database has', async () => {
    linked = await startLinkedApps();
    await expect.poll(allInSync, poll).toBe(true);
    const fake = linked.fakes[0]!;
    const { desired } = await status();
    fake.applied = {
      version: { source_id: desired.source_id, revision: Number.MAX_SAFE_INTEGER },
      rules: [],
    };
    await linked.createRule();
    await expect
      .poll(async () => (await status()).instances[0].error, poll)
      .toContain(`claims revision ${Number.MAX_SAFE_INTEGER}`);
    expect(await status()).toMatchObject({
      desired: { revision: desired.revision + 1 },
      instances: [{ reachable: true, in_sync: false }],
    });
  });

  it('lets no slow instance delay another', async () => {
    linked = await startLinkedApps({ fakes: 2, env: { RECONCILE_INTERVAL_MS: '60000' } });
    await expect.poll(allInSync, poll).toBe(true);
    linked.fakes[0]!.delayMs = 1800;
    for (let round = 0; round < 3; round += 1) {
      const { id } = await linked.createRule();
      // Less than the other takes to answer.
      await expect.poll(() => idsOf(linked.fakes[1]!), { timeout: 1700, interval: 5 }).toContain(id);
    }
    await expect.poll(() => idsOf(linked.fakes[0]!)?.length, poll).toBe(3);
  });

  it('gives up on an instance that hangs, says so, and has it back when it answers', async () => {
    linked = await startLinkedApps({ fakes: 1 });
    await expect.poll(allInSync, poll).toBe(true);
    linked.fakes[0]!.delayMs = 60_000;
    await expect.poll(async () => (await status()).instances[0].error, poll).toBe('did not answer in time');
    const { id } = await linked.createRule();
    linked.fakes[0]!.delayMs = 0;
    await expect.poll(() => idsOf(linked.fakes[0]!), poll).toEqual([id]);
  });

  it('says that the secret is wrong', async () => {
    linked = await startLinkedApps({ env: { FASTPATH_SECRET: 'another-secret-0123456789-0123456789' } });
    const { instances } = await status();
    expect(instances[0]).toMatchObject({ reachable: false, in_sync: false });
    expect(instances[0].error).toContain('FASTPATH_SECRET');
    expect(linked.fakes[0]?.applied).toBeNull();
  });

  it('shows what an instance refuses, does not send it again and again, and goes on with the next change', async () => {
    linked = await startLinkedApps({ env: { RECONCILE_INTERVAL_MS: '100' } });
    await expect.poll(allInSync, poll).toBe(true);
    const fake = linked.fakes[0]!;
    fake.refusedPriority = 13;
    const before = fake.applyCalls;
    const { id } = await linked.createRule({ priority: 13 });
    await expect
      .poll(async () => (await status()).instances[0].error, poll)
      .toContain('rules[0].priority: not this one');
    const { registry } = linked.apps[0]!.ctx.metrics;
    const failedRuns = async () =>
      Number(/fastpath_reconcile_runs_total\{outcome="failed"\} (\d+)/.exec(await registry.metrics())?.[1]);
    await expect.poll(failedRuns, poll).toBeGreaterThan(5);
    expect(fake.applyCalls).toBe(before + 1);
    expect((await status()).instances[0]).toMatchObject({ reachable: true, in_sync: false });

    const path = `/api/v1/rules/${id}`;
    await linked.apps[0]!.request()
      .patch(path)
      .set(linked.admin.bearer)
      .set('If-Match', '*')
      .send({ priority: 14 })
      .expect(200);
    await expect.poll(allInSync, poll).toBe(true);
    expect((await status()).instances[0].error).toBeUndefined();
  });

  it('takes no rule more than the fast path does, and says when there are too many already', async () => {
    linked = await startLinkedApps();
    const fake = linked.fakes[0]!;
    fake.maxRules = 2;
    await linked.createRule();
    await linked.createRule();
    await expect.poll(allInSync, poll).toBe(true);
    const rule = { name: 'one too many', action: 'drop' };
    const post = () => linked.apps[0]!.request().post('/api/v1/rules').set(linked.admin.bearer).send(rule);
    const refused = await post().expect(409);
    expect(refused.body.detail).toBe('There are 2 rules, and 2 is the limit of a fast path (its MAX_RULES)');
    expect((await status()).desired.revision).toBe(fake.applied?.version?.revision);

    // As told by nobody: an older release. What is saved then shows in the status.
    fake.maxRules = 0;
    await expect.poll(async () => (await post()).status, poll).toBe(201);
    fake.maxRules = 2;
    fake.applied = null;
    await expect
      .poll(async () => (await status()).instances[0].error, poll)
      .toContain('rules: more than 2 (MAX_RULES)');
  });

  it('names an address that leads nowhere', async () => {
    linked = await startLinkedApps({ env: { FASTPATH_ADDRESS: 'no-such-host.invalid:50051' } });
    const { instances } = await status();
    expect(instances).toMatchObject([{ address: 'no-such-host.invalid:50051', reachable: false }]);
    expect(instances[0].error).toContain('no-such-host.invalid');
  });

  it('moves its metrics', async () => {
    linked = await startLinkedApps({ fakes: 2 });
    await linked.createRule();
    await expect.poll(allInSync, poll).toBe(true);
    const { registry } = linked.apps[0]!.ctx.metrics;
    const { desired } = await status();
    const text = await registry.metrics();
    expect(text).toContain('fastpath_instances{state="in_sync"} 2');
    expect(text).toContain(
      `fastpath_applied_revision{instance="${linked.fakes[0]?.address}"} ${desired.revision}`,
    );
    expect(text).toContain(`fastpath_desired_revision ${desired.revision}`);
    expect(text).toMatch(/fastpath_reconcile_runs_total\{outcome="applied"\} [1-9]/);
    expect(text).toMatch(/fastpath_reconcile_duration_seconds_count\{outcome="applied"\} [1-9]/);
    linked.fakes[1]?.kill();
    await expect.poll(() => registry.metrics(), poll).toContain('fastpath_instances{state="unreachable"} 1');
    expect(await registry.metrics()).toMatch(/fastpath_reconcile_runs_total\{outcome="failed"\} [1-9]/);
  });

  it('carries 20,000 rules of the longest spelling', async () => {
    linked = await startLinkedApps();
    const { db } = linked.apps[0]!.ctx;
    await linked.createRule();
    const template = await db.knex('rules').first();
    const address = '2001:db8:1111:2222:3333:4444:5555:';
    const rows = Array.from({ length: 20_000 }, (_, index) => ({
      ...template,
      id: randomUUID(),
      priority: 900_000,
      action: 'rate_limit',
      src_cidr: `${address}${(0x1000 + (index % 0xe000)).toString(16)}/128`,
      dst_cidr: `${address}ffff/128`,
      src_port_min: 60_000,
      src_port_max: 65_535,
      rate_pps: 10_000_000,
      burst: 10_000_000,
    }));
    await db.knex.batchInsert('rules', rows, 500);
    await linked.createRule();
    await expect.poll(() => linked.fakes[0]?.applied?.rules.length, poll).toBe(20_002);
    await expect.poll(allInSync, poll).toBe(true);
  });
});

describe('stopping', () => {
  it('ends at once although an instance hangs', async () => {
    linked = await startLinkedApps();
    await expect.poll(allInSync, poll).toBe(true);
    linked.fakes[0]!.delayMs = 60_000;
    await linked.createRule();
    const began = performance.now();
    await linked.apps[0]!.close();
    expect(performance.now() - began).toBeLessThan(linked.fakes[0]!.delayMs);
  });
});
