import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { patient } from '../../scripts/processes/patience.ts';
import { type ServiceProcess, startService } from '../../scripts/processes/service-process.ts';
import { type Stack, startStack } from '../../scripts/processes/stack.ts';
import { waitUntil } from '../../scripts/processes/wait-until.ts';
import { type Client, PASSWORD, signIn } from '../harness/client.ts';
import { freePort } from '../harness/free-port.ts';
import { type GrpcClient, type GrpcStatus, grpcClient } from '../harness/grpc.ts';
import { ok } from '../harness/http.ts';
import type { Rule } from '../harness/types.ts';

describe('two fast paths and two API processes on one database', () => {
  let stack: Stack;
  let admins: [Client, Client];
  let guards: GrpcClient[];
  let latecomerPort: number;
  let latecomer: ServiceProcess | undefined;
  const closing: (() => unknown)[] = [];

  beforeAll(async () => {
    latecomerPort = await freePort();
    const grpc = [await freePort(), await freePort()];
    // Fixed control ports, because the list of addresses must name a third instance that does not run yet.
    const late = `127.0.0.1:${latecomerPort}`;
    stack = await startStack({ fastpaths: 0, apis: 0, webui: 0 });
    const fastpaths = await Promise.all(
      grpc.map((port) => startService('fastpath', { ...stack.env.fastpath, GRPC_PORT: `${port}` })),
    );
    closing.push(...fastpaths.map((service) => () => service.stop()));
    stack.fastpaths = fastpaths;
    stack.env.api.FASTPATH_ADDRESS = [...fastpaths.map((service) => service.listen.grpc), late].join(',');
    for (let i = 0; i < 2; i++) {
      const api = await startService('api', stack.env.api);
      closing.push(() => api.stop());
      stack.apis.push(api);
    }
    const url = (i: number) => `http://${stack.apis[i]!.listen.http}`;
    const { email, password } = stack.admin;
    admins = [await signIn(url(0), email, password), await signIn(url(1), email, password)];
    guards = fastpaths.map((service) => grpcClient(service.listen.grpc, stack.fastpathSecret));
    closing.push(...guards.map((guard) => () => guard.close()));
  });
  afterAll(async () => {
    for (const close of closing.toReversed()) await close();
    await latecomer?.stop();
    await stack?.stop();
  });

  const versionOf = async (guard: GrpcClient) => (await guard.call<GrpcStatus>('GetStatus')).rules;

  /** All guards enforce what the database holds. */
  async function converged(which: GrpcClient[], deadlineMs: number): Promise<void> {
    const { desired } = await admins[0].status();
    await waitUntil(
      `revision ${desired.revision} on ${which.length} fast paths`,
      async () => {
        const versions = await Promise.all(which.map(versionOf));
        return versions.every(
          (version) => version?.source_id === desired.source_id && version.revision === desired.revision,
        );
      },
      { deadlineMs, intervalMs: 20 },
    );
  }

  test.each([0, 1])(
    'a change on API %i reaches both fast paths within 2 s, and both APIs see it',
    async (i) => {
      const before = (await admins[i]!.status()).desired.revision;
      const rule = await admins[i]!.createRule({
        name: `from api ${i}`,
        action: 'drop',
        src_cidr: `192.0.2.${i}/32`,
      });
      await converged(guards, patient(2_000));
      expect((await admins[1 - i]!.status()).desired.revision).toBeGreaterThan(before);
      expect(await admins[1 - i]!.get<Rule>(`/rules/${rule.id}`)).toEqual(rule);
      for (const guard of guards) {
        const flow = {
          src_addr: `192.0.2.${i}`,
          dst_addr: '192.0.2.9',
          protocol: 17,
          src_port: 1,
          dst_port: 2,
        };
        const reply = await guard.call<{ verdicts: object[] }>('Classify', { flows: [flow] });
        expect(reply.verdicts).toEqual([{ action: 'ACTION_DROP', rule_id: rule.id }]);
      }
    },
  );

  test('an instance that restarts gets its rules back by itself within 5 s', async () => {
    const fastpath = stack.fastpaths[1]!;
    const before = await guards[1]!.call<GrpcStatus>('GetStatus');
    await fastpath.kill();
    const status = () => admins[0].status();
    await waitUntil('the loss is seen', async () => {
      const instance = (await status()).instances.find((each) => each.address === fastpath.listen.grpc);
      return instance && !instance.reachable && instance.error;
    });
    await fastpath.restart();
    await waitUntil(
      'a new instance',
      async () => (await guards[1]!.call<GrpcStatus>('GetStatus')).instance_id !== before.instance_id,
    );
    await converged(guards, patient(5_000));
  });

  test('writes while an instance is away reach it when it comes back', async () => {
    await stack.fastpaths[0]!.kill();
    const rule = await admins[1].createRule({
      name: 'while away',
      action: 'drop',
      dst_port_min: 9,
      dst_port_max: 9,
    });
    await converged([guards[1]!], patient(2_000));
    await stack.fastpaths[0]!.restart();
    await converged(guards, patient(5_000));
    await admins[0].deleteRule(rule.id);
    await converged(guards, patient(2_000));
  });

  test('an instance that is added later converges', async () => {
    latecomer = await startService('fastpath', { ...stack.env.fastpath, GRPC_PORT: `${latecomerPort}` });
    const guard = grpcClient(latecomer.listen.grpc, stack.fastpathSecret);
    closing.push(() => guard.close());
    await converged([guard], patient(5_000));
    await waitUntil('all in sync in the status of both', async () => {
      const both = await Promise.all(admins.map((admin) => admin.status()));
      return both.every(({ instances }) => instances.length === 3 && instances.every((each) => each.in_sync));
    });
    guards.push(guard);
  });

  test('concurrent writes on both APIs all count and end in sync', async () => {
    const before = (await admins[0].status()).desired.revision;
    const names = Array.from({ length: 40 }, (_, i) => `concurrent ${i}`);
    await Promise.all(
      names.map((name, i) => admins[i % 2]!.createRule({ name, action: 'allow', priority: i })),
    );
    const { desired } = await admins[1].status();
    expect(desired.revision - before).toBe(names.length);
    await converged(guards, patient(2_000));
    const rules = await admins[0].all<Rule>('/rules?q=concurrent');
    expect(rules.map((rule) => rule.name).sort()).toEqual(names.toSorted());
    const { rule_count } = await guards[0]!.call<GrpcStatus>('GetStatus');
    expect(rule_count).toBe((await admins[0].all<Rule>('/rules')).length);
  });

  test('two editors on two APIs: one wins, the other is told, nothing is lost', async () => {
    const rule = await admins[0].createRule({ name: 'contested', action: 'allow' });
    const etag = (await admins[0].send('GET', `/rules/${rule.id}`)).headers.get('etag')!;
    const replies = await Promise.all(
      admins.map((admin, i) =>
        admin.send<Rule>('PATCH', `/rules/${rule.id}`, {
          body: { name: `by ${i}` },
          headers: { 'if-match': etag },
        }),
      ),
    );
    expect(replies.map((reply) => reply.status).sort()).toEqual([200, 412]);
    const winner = replies.findIndex((reply) => reply.status === 200);
    expect((await admins[0].get<Rule>(`/rules/${rule.id}`)).name).toBe(`by ${winner}`);
    const missing = await admins[0].send('DELETE', `/rules/${rule.id}`);
    expect(missing.status, 'without If-Match').toBe(428);
  });

  test('logout, role change and deactivation on one API act on the other at the next request', async () => {
    const [here, there] = admins;
    const user = await here.createUser('wanderer@example.com', 'maintainer');
    const session = await signIn(here.base, user.email, PASSWORD);
    const elsewhere = session.at(there.base);
    expect((await elsewhere.send('GET', '/auth/me')).status).toBe(200);
    ok(
      await session.send('POST', '/auth/logout', { body: { refresh_token: session.login.refresh_token } }),
      204,
    );
    expect((await elsewhere.send('GET', '/auth/me')).status).toBe(401);

    const second = await signIn(there.base, user.email, PASSWORD);
    ok(await here.send('PATCH', `/users/${user.id}`, { body: { role: 'viewer' } }));
    const write = await second.send('POST', '/rules', { body: { name: 'no more', action: 'allow' } });
    expect([401, 403]).toContain(write.status);

    const third = await signIn(there.base, user.email, PASSWORD);
    ok(await here.send('PATCH', `/users/${user.id}`, { body: { is_active: false } }));
    expect((await third.send('GET', '/auth/me')).status).toBe(401);
  });
});
