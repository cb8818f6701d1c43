import { afterAll, describe, expect, test } from 'vitest';
import { patient } from '../../scripts/processes/patience.ts';
import { signIn } from '../harness/client.ts';
import { RAISE_MS } from '../harness/fault-stage.ts';
import { ask, ok } from '../harness/http.ts';
import { REPLICAS, type ReplicaStage, raiseReplicas, shares } from '../harness/replica-stage.ts';
import { spread } from '../harness/round-robin-proxy.ts';
import { churn, ENDINGS, type Ending } from '../harness/session-churn.ts';
import type { Login, Me, Page, Problem } from '../harness/types.ts';
import { withServers } from '../harness/with-servers.ts';

describe('sessions over three API processes on one PostgreSQL', () => {
  let stage: ReplicaStage;
  const raise = async () => {
    stage = await raiseReplicas();
  };
  withServers(['postgres'], raise, RAISE_MS);
  afterAll(() => stage?.[Symbol.asyncDispose]());

  const replica = (i: number) => stage.admins[i % REPLICAS]!.base;
  const rotate = (i: number, token: string) =>
    ask<Login & Problem>(`${replica(i)}/api/v1/auth/refresh`, 'POST', { body: { refresh_token: token } });

  test('a login on one is valid on all, and the proxy leads to all of them', async () => {
    for (let i = 0; i < REPLICAS; i++) {
      const { email, password } = stage.stack.admin;
      const user = spread(await signIn(replica(i), email, password), stage.proxy);
      const taken = await shares(stage.proxy, async () => {
        for (let n = 0; n < 2 * REPLICAS; n++) ok(await user.send('GET', '/auth/me'));
      });
      expect(taken).toEqual(Array(REPLICAS).fill(2));
    }
  });

  test.each(Object.keys(ENDINGS) as Ending[])(
    '%s on one, under load: dead on all at the next request',
    async (ending) => {
      const report = await churn(stage.stack, { endings: [ending], atLeast: REPLICAS });
      expect(report).toMatchObject({ wrong: [], errors: [], rounds: REPLICAS });
      expect(report.requests).toBeGreaterThan(REPLICAS * REPLICAS * 4);
    },
    patient(120_000),
  );

  test('refresh tokens rotate from replica to replica; one that is used again ends the session on all', async () => {
    await stage.admin.createUser('rotating@example.com', 'viewer');
    const user = await signIn(replica(0), 'rotating@example.com');
    const session = (await user.get<Me>('/auth/me')).session_id;
    const spent: string[] = [];
    for (let i = 0; i < 2 * REPLICAS; i++) {
      spent.push(user.login.refresh_token);
      user.login = ok(await rotate(i, user.login.refresh_token));
      ok(await user.at(replica(i + 1)).send('GET', '/auth/me'));
    }
    expect((await rotate(1, spent[0]!)).status).toBe(401);
    for (let i = 0; i < REPLICAS; i++) {
      expect((await user.at(replica(i)).send('GET', '/auth/me')).status).toBe(401);
      expect((await rotate(i, user.login.refresh_token)).status).toBe(401);
    }
    const entries = (await stage.admin.auditOf('session')).filter(
      ({ resource_id }) => resource_id === session,
    );
    expect(entries.map(({ action }) => action).filter((action) => /reuse/.test(action))).toHaveLength(1);
  });

  test('one refresh token at all replicas at once is one session, and only one successor is good', async () => {
    await stage.admin.createUser('tabs@example.com', 'viewer');
    const user = await signIn(replica(0), 'tabs@example.com');
    const tabs = Array.from({ length: 2 * REPLICAS }, (_, i) => rotate(i, user.login.refresh_token));
    const logins = (await Promise.all(tabs)).map((reply) => ok(reply));
    expect((await user.get<Page<unknown>>('/auth/sessions')).items).toHaveLength(1);
    ok(await rotate(1, logins[0]!.refresh_token));
    expect((await rotate(2, logins[1]!.refresh_token)).status).toBe(401);
  });

  test('a new role gives its rights on all at the next login', async () => {
    const { id, email } = await stage.admin.createUser('risen@example.com', 'viewer');
    const viewer = spread(await signIn(replica(0), email), stage.proxy);
    const rule = { name: 'by the risen', action: 'allow' } as const;
    for (let i = 0; i < REPLICAS; i++)
      expect((await viewer.send('POST', '/rules', { body: rule })).status).toBe(403);
    ok(await stage.admins[1]!.send('PATCH', `/users/${id}`, { body: { role: 'maintainer' } }));
    const maintainer = spread(await signIn(replica(2), email), stage.proxy);
    for (let i = 0; i < REPLICAS; i++) await maintainer.createRule(rule);
  });
});
