import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { patient } from '../../scripts/processes/patience.ts';
import { type Stack, startStack } from '../../scripts/processes/stack.ts';
import { waitUntil } from '../../scripts/processes/wait-until.ts';
import { type Client, signIn, signInAdmin } from '../harness/client.ts';
import { holdRequest } from '../harness/held-request.ts';
import { ask, ok } from '../harness/http.ts';
import { type Writer, writeRules } from '../harness/rule-writer.ts';
import type { AuditEntry, Login, Problem, Rule } from '../harness/types.ts';
import { untilEnforced } from '../harness/until-enforced.ts';

describe('the API dies or is stopped in the middle of work', () => {
  let stack: Stack;
  let admin: Client;
  beforeAll(async () => {
    stack = await startStack({ webui: 0, env: { api: { SHUTDOWN_DELAY_MS: '200' } } });
    admin = await signInAdmin(stack);
  });
  afterAll(() => stack?.stop());

  const startWriters = (label: string) =>
    Array.from({ length: 4 }, (_, i) => writeRules(admin, `${label} ${i}`));
  const acknowledged = (writers: Writer[]) => writers.reduce((sum, writer) => sum + writer.acknowledged, 0);

  /** Everything acknowledged is there, and what was in flight happened wholly or not at all. */
  async function compare(
    label: string,
    writers: Writer[],
    revisionBefore: number,
    auditBefore: number,
  ): Promise<void> {
    const rules = (await admin.all<Rule>('/rules')).filter((rule) => rule.name.startsWith(label));
    const stored = new Map(rules.map((rule) => [rule.id, rule.name]));
    const known = new Set<string>();
    for (const [id, { acknowledged: name, inFlight }] of writers.flatMap((writer) => [...writer.rules])) {
      known.add(id);
      const possible = inFlight === undefined ? [name] : [name, inFlight];
      expect(possible, `rule ${id}`).toContain(stored.get(id) ?? null);
    }
    const unanswered = writers.flatMap((writer) => writer.unanswered);
    for (const [id, name] of stored)
      if (!known.has(id)) expect(unanswered, 'a rule that nobody made').toContain(name);

    // Rule, revision and audit entry are one transaction: so the numbers of all three grow together.
    const audit = (await admin.auditOf('rule')).toReversed();
    const { desired } = await admin.status();
    expect(desired.revision - revisionBefore).toBe(audit.length - auditBefore);
    for (const id of stored.keys()) expect(historyOf(audit, id)[0], `rule ${id}`).toMatch(/create/);
    for (const id of known)
      if (!stored.has(id)) expect(historyOf(audit, id).at(-1), `rule ${id}`).toMatch(/delete/);
    await untilEnforced(admin);
  }

  const historyOf = (audit: AuditEntry[], id: string) =>
    audit.filter((entry) => entry.resource_id === id).map((entry) => entry.action);

  test.each([1, 2, 3])(
    'SIGKILL in a stream of writes loses nothing acknowledged and leaves nothing half (%i)',
    async (round) => {
      const revision = (await admin.status()).desired.revision;
      const audit = (await admin.auditOf('rule')).length;
      const writers = startWriters(`killed ${round}`);
      await waitUntil('writes', () => acknowledged(writers) >= 25 * round);
      await stack.api.kill();
      await Promise.all(writers.map((writer) => writer.ended));
      expect(writers.flatMap((writer) => writer.refused)).toEqual([]);
      await stack.api.restart();
      await compare(`killed ${round}`, writers, revision, audit);
    },
  );

  test('SIGTERM under load: what was acknowledged is stored, what was in flight is answered, exit code 0', async () => {
    const revision = (await admin.status()).desired.revision;
    const audit = (await admin.auditOf('rule')).length;
    const writers = startWriters('stopped');
    await waitUntil('writes', () => acknowledged(writers) >= 30);
    const { email, password } = stack.admin;
    const held = await holdRequest(`${stack.apiUrl}/api/v1/auth/login`, JSON.stringify({ email, password }));
    const stopped = stack.api.stop();
    await waitUntil('the API takes no new connections', () =>
      fetch(`${stack.apiUrl}/healthz`, { headers: { connection: 'close' } }).then(
        () => false,
        () => true,
      ),
    );
    const reply = await held.finish();
    expect(reply.status, reply.text).toBe(200);
    expect(await stopped).toEqual({ code: 0, signal: null });
    for (const writer of writers) writer.stop();
    await Promise.all(writers.map((writer) => writer.ended));
    await stack.api.restart();
    await compare('stopped', writers, revision, audit);
  });

  test('readiness goes first: it is off while requests are still served', async () => {
    await stack.api.restart({ SHUTDOWN_DELAY_MS: `${patient(1_500)}` });
    const stopped = stack.api.stop();
    const ready = () => fetch(`${stack.apiUrl}/readyz`);
    await waitUntil('readiness is off', async () => (await ready()).status === 503, {
      deadlineMs: patient(1_400),
    });
    expect((await fetch(`${stack.apiUrl}/healthz`)).status).toBe(200);
    expect((await admin.send('GET', '/rules')).status).toBe(200);
    expect(await stopped).toEqual({ code: 0, signal: null });
    await stack.api.restart({ SHUTDOWN_DELAY_MS: '0' });
  });

  test('SIGKILL in the middle of refresh rotations locks nobody out', async () => {
    const user = await admin.createUser('rotating@example.com', 'viewer');
    const clients = await Promise.all(Array.from({ length: 4 }, () => signIn(stack.apiUrl, user.email)));
    const refresh = (token: string) =>
      ask<Login & Problem>(`${stack.apiUrl}/api/v1/auth/refresh`, 'POST', { body: { refresh_token: token } });
    let rotations = 0;
    const rotate = async (client: Client) => {
      for (;;) {
        client.login = ok(await refresh(client.login.refresh_token));
        rotations++;
      }
    };
    const broken = Promise.allSettled(clients.map(rotate));
    await waitUntil('rotations', () => rotations >= 20);
    await stack.api.kill();
    for (const result of await broken)
      expect(String((result as PromiseRejectedResult).reason)).toMatch(/fetch failed|terminated/);
    await stack.api.restart();
    for (const client of clients) {
      // The rotation was stored or it was not; the reply is lost in any case. So the old token must work once more.
      client.login = ok(await refresh(client.login.refresh_token));
      ok(await client.send('GET', '/auth/me'));
    }
  });
});
