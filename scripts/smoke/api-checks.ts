import assert from 'node:assert/strict';
import type { Stack } from '../processes/stack.ts';
import { waitUntil } from '../processes/wait-until.ts';
import { logIn, type RestClient, RestError } from '../seed/rest-client.ts';
import type { Checklist } from '../suites/checklist.ts';

const LISTS = [
  '/users',
  '/roles',
  '/rules',
  '/audit-logs',
  '/auth/sessions',
  '/fastpath/flows',
  '/fastpath/rules',
];

/** Login and the key reads, through the proxy of the WebUI as a browser does. */
export async function checkApi(
  checks: Checklist,
  { webuiUrl, apiUrl, admin }: Pick<Stack, 'webuiUrl' | 'apiUrl' | 'admin'>,
): Promise<RestClient | undefined> {
  await checks.check('login: a wrong password is refused', async () => {
    await assert.rejects(logIn(webuiUrl, admin.email, 'not the password'), (error) => {
      assert.ok(error instanceof RestError, String(error));
      assert.equal(error.status, 401);
      return true;
    });
  });
  await checks.check('login: straight at the API', () => logIn(apiUrl, admin.email, admin.password));
  const api = await checks.check('login: through the WebUI', () =>
    logIn(webuiUrl, admin.email, admin.password),
  );
  if (!api) return undefined;
  await checks.check('api: who am I', async () => {
    const { user } = await api.get<{ user: { email: string; role: string } }>('/auth/me');
    assert.deepEqual([user.email, user.role], [admin.email, 'admin']);
  });
  for (const path of LISTS) {
    await checks.check(`api: GET ${path}`, async () => {
      const { items } = await api.get<{ items: unknown[] }>(path);
      assert.ok(Array.isArray(items), 'no items');
    });
  }
  await checks.check('api: the fast path is in sync', () =>
    waitUntil('in_sync', async () => {
      const status = await api.get<{ instances: { in_sync: boolean }[] }>('/fastpath/status');
      return status.instances.length === 1 && status.instances[0]!.in_sync;
    }),
  );
  await checks.check('api: documentation page', async () => {
    const response = await fetch(`${apiUrl}/api/v1/docs`);
    assert.equal(response.status, 200);
    assert.match(await response.text(), /<html/i);
  });
  return api;
}
