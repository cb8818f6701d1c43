import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Stack, startStack } from '../../scripts/processes/stack.ts';
import { type Client, signInAdmin } from '../harness/client.ts';
import { ok } from '../harness/http.ts';
import type { Problem, Rule } from '../harness/types.ts';

describe('API and WebUI without a fast path', () => {
  let stack: Stack;
  let admin: Client;
  beforeAll(async () => {
    stack = await startStack({ fastpaths: 0 });
    expect(stack.env.api.FASTPATH_ADDRESS ?? '').toBe('');
    admin = (await signInAdmin(stack)).at(stack.webuiUrl);
  });
  afterAll(() => stack?.stop());

  test('is ready, and not degraded: nothing that was asked for is missing', async () => {
    const reply = await fetch(`${stack.apiUrl}/readyz`);
    expect(reply.status).toBe(200);
    expect(await reply.json()).toMatchObject({ status: 'ready' });
    expect((await fetch(`${stack.webuiUrl}/readyz`)).status).toBe(200);
  });

  test('rules are kept, with audit, for the day a fast path is added', async () => {
    const rule = await admin.createRule({ name: 'kept', action: 'drop', src_cidr: '192.0.2.0/24' });
    const etag = (await admin.send('GET', `/rules/${rule.id}`)).headers.get('etag')!;
    const changed = await admin.send<Rule>('PATCH', `/rules/${rule.id}`, {
      body: { enabled: false },
      headers: { 'if-match': etag },
    });
    expect(ok(changed).enabled).toBe(false);
    expect((await admin.auditOf('rule')).filter((entry) => entry.resource_id === rule.id)).toHaveLength(2);
  });

  test('the views say that there is none instead of failing', async () => {
    expect(await admin.status()).toMatchObject({ enabled: false, instances: [] });
    for (const path of ['/fastpath/stats', '/fastpath/flows', '/fastpath/rules']) {
      const reply = await admin.send<Problem>('GET', path);
      expect(reply.status, `${path}: ${reply.text}`).toBe(404);
      expect(reply.body.code).toBe('fastpath_disabled');
    }
  });
});
