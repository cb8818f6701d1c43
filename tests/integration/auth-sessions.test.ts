import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Stack, startStack } from '../../scripts/processes/stack.ts';
import { type Client, PASSWORD, signIn, signInAdmin, tryLogin } from '../harness/client.ts';
import { ask, ok } from '../harness/http.ts';
import { firstSecret } from '../harness/jwt.ts';
import type { Login, Me, Page, Problem } from '../harness/types.ts';

interface Session {
  id: string;
}

const BROWSER = { 'x-requested-with': 'tripod-webui' };

/** name=value of the cookie that a reply sets. */
function cookieOf(headers: Headers): { pair: string; attributes: string } {
  const [cookie] = headers.getSetCookie();
  if (!cookie) throw new Error('no cookie was set');
  const [pair, ...attributes] = cookie.split('; ');
  return { pair: pair!, attributes: attributes.join('; ') };
}

describe('sessions', () => {
  let stack: Stack;
  let admin: Client;
  let viewer: Client;
  let count = 0;
  beforeAll(async () => {
    stack = await startStack();
    admin = await signInAdmin(stack);
  });
  afterAll(() => stack?.stop());
  beforeEach(async () => {
    const email = `viewer-${++count}@example.com`;
    await admin.createUser(email, 'viewer');
    viewer = await signIn(stack.apiUrl, email, PASSWORD);
  });

  const refresh = (token: string) =>
    ask<Login & Problem>(`${stack.apiUrl}/api/v1/auth/refresh`, 'POST', { body: { refresh_token: token } });
  const alive = async (client: Client) => (await client.send('GET', '/auth/me')).status;

  test('refresh rotates; a rotated token used again ends the whole family and is in the audit log', async () => {
    const session = (await viewer.get<Me>('/auth/me')).session_id;
    const first = viewer.login.refresh_token;
    const second = ok(await refresh(first));
    expect(second.refresh_token).not.toBe(first);
    const third = ok(await refresh(second.refresh_token));
    expect((await refresh(first)).status).toBe(401);
    expect((await refresh(third.refresh_token)).status, 'the thief and the owner are both out').toBe(401);
    viewer.login = third;
    expect(await alive(viewer)).toBe(401);
    const entries = (await admin.auditOf('session')).filter((entry) => entry.resource_id === session);
    expect(entries.map((entry) => entry.action).join()).toMatch(/reuse/);
  });

  test('the same refresh token sent by several tabs at once is one session and locks nobody out', async () => {
    const replies = await Promise.all(Array.from({ length: 6 }, () => refresh(viewer.login.refresh_token)));
    expect(replies.map((reply) => reply.status)).toEqual(Array(6).fill(200));
    expect(new Set(replies.map((reply) => reply.body.refresh_token)).size).toBe(6);
    viewer.login = replies.at(-1)!.body;
    expect((await viewer.get<Page<Session>>('/auth/sessions')).items).toHaveLength(1);
    ok(await refresh(viewer.login.refresh_token));
    const late = await refresh(replies[0]!.body.refresh_token);
    expect([200, 401], 'whichever way, never an error').toContain(late.status);
  });

  test('garbage refresh tokens are refused and revoke nobody', async () => {
    for (const token of ['', 'x', viewer.login.access_token, 'A'.repeat(43), "' OR 1=1 --", '\u0000'])
      expect([400, 401, 422]).toContain((await refresh(token)).status);
    expect(await alive(viewer)).toBe(200);
  });

  test('the browser form keeps the refresh token out of JavaScript', async () => {
    const reply = await tryLogin(stack.webuiUrl, viewer.login.user.email, PASSWORD, BROWSER);
    expect(ok(reply)).not.toHaveProperty('refresh_token');
    const { attributes } = cookieOf(reply.headers);
    expect(attributes).toMatch(/HttpOnly/i);
    expect(attributes).toMatch(/SameSite=Strict/i);
    expect(attributes).toMatch(/Path=\/api\/v1\/auth/);
    expect(attributes, 'host-only').not.toMatch(/Domain=/i);
  });

  test('a cookie alone cannot refresh or log out: a form on another site cannot add the header', async () => {
    const login = await tryLogin(stack.webuiUrl, viewer.login.user.email, PASSWORD, BROWSER);
    const { pair } = cookieOf(login.headers);
    const post = (path: string, headers: Record<string, string>) =>
      ask<Login>(`${stack.webuiUrl}/api/v1/auth/${path}`, 'POST', { headers: { cookie: pair, ...headers } });
    const form = { 'content-type': 'application/x-www-form-urlencoded', origin: 'https://evil.example' };
    for (const path of ['refresh', 'logout']) {
      const forged = await post(path, form);
      expect(forged.status, forged.text).toBeGreaterThanOrEqual(400);
      expect(forged.status).toBeLessThan(500);
    }
    const honest = await post('refresh', BROWSER);
    expect(honest.status, `the cookie still works with the header: ${honest.text}`).toBe(200);
    expect(cookieOf(honest.headers).pair).not.toBe(pair);
  });

  test('no other origin may read or send with credentials', async () => {
    const reply = await ask(`${stack.webuiUrl}/api/v1/auth/me`, 'OPTIONS', {
      headers: { origin: 'https://evil.example', 'access-control-request-method': 'GET' },
    });
    expect(reply.headers.get('access-control-allow-origin')).toBeNull();
    expect(reply.headers.get('access-control-allow-credentials')).toBeNull();
  });

  test('session fixation: what the client brings is never adopted, each login is a new session', async () => {
    const before = (await viewer.get<Me>('/auth/me')).session_id;
    const planted = `tripod_refresh=${'A'.repeat(43)}; refresh_token=${viewer.login.refresh_token}`;
    const again = await tryLogin(stack.apiUrl, viewer.login.user.email, PASSWORD, { cookie: planted });
    const login = ok(again);
    expect(login.refresh_token).not.toContain('AAAA');
    expect(login.refresh_token).not.toBe(viewer.login.refresh_token);
    viewer.login = login;
    expect((await viewer.get<Me>('/auth/me')).session_id).not.toBe(before);
  });

  test('logout ends the session at once, access and refresh, and only this session', async () => {
    const other = await signIn(stack.apiUrl, viewer.login.user.email, PASSWORD);
    ok(
      await viewer.send('POST', '/auth/logout', { body: { refresh_token: viewer.login.refresh_token } }),
      204,
    );
    expect(await alive(viewer)).toBe(401);
    expect((await refresh(viewer.login.refresh_token)).status).toBe(401);
    expect(await alive(other)).toBe(200);
  });

  test('a password change ends every other session and keeps this one', async () => {
    const other = await signIn(stack.apiUrl, viewer.login.user.email, PASSWORD);
    const body = { current_password: PASSWORD, new_password: `${PASSWORD}-new` };
    const changed = await viewer.send('PUT', '/users/me/password', { body });
    expect([200, 204], changed.text).toContain(changed.status);
    expect(await alive(viewer)).toBe(200);
    expect(await alive(other)).toBe(401);
    expect((await refresh(other.login.refresh_token)).status).toBe(401);
    expect((await tryLogin(stack.apiUrl, viewer.login.user.email, PASSWORD)).status).toBe(401);
  });

  test('a wrong current password changes nothing', async () => {
    const body = { current_password: 'wrong', new_password: `${PASSWORD}-new` };
    const reply = await viewer.send<Problem>('PUT', '/users/me/password', { body });
    expect(reply.status).toBeGreaterThanOrEqual(400);
    expect(reply.status, 'a 401 here would log the browser out').not.toBe(401);
    expect((await tryLogin(stack.apiUrl, viewer.login.user.email, PASSWORD)).status).toBe(200);
  });

  test('nobody ends or sees the sessions of another', async () => {
    await admin.createUser(`thief-${count}@example.com`, 'maintainer');
    const thief = await signIn(stack.apiUrl, `thief-${count}@example.com`, PASSWORD);
    const target = (await viewer.get<Me>('/auth/me')).session_id;
    const seen = await thief.get<Page<Session>>('/auth/sessions');
    expect(seen.items.map((session) => session.id)).toEqual([(await thief.get<Me>('/auth/me')).session_id]);
    expect((await thief.send('DELETE', `/auth/sessions/${target}`)).status).toBe(404);
    expect(await alive(viewer)).toBe(200);
    ok(await viewer.send('DELETE', `/auth/sessions/${target}`), 204);
    expect(await alive(viewer)).toBe(401);
  });

  test('role change, deactivation and deletion act at the next request', async () => {
    const id = viewer.login.user.id;
    const rule = { name: 'by a viewer', action: 'allow' };
    expect((await viewer.send('POST', '/rules', { body: rule })).status).toBe(403);
    ok(await admin.send('PATCH', `/users/${id}`, { body: { role: 'maintainer' } }));
    const now = await signIn(stack.apiUrl, viewer.login.user.email, PASSWORD);
    expect((await now.send('POST', '/rules', { body: rule })).status).toBe(201);
    ok(await admin.send('PATCH', `/users/${id}`, { body: { is_active: false } }));
    expect(await alive(now)).toBe(401);
    expect((await refresh(now.login.refresh_token)).status).toBe(401);
    expect((await tryLogin(stack.apiUrl, viewer.login.user.email, PASSWORD)).status).toBe(401);
    ok(await admin.send('DELETE', `/users/${id}`), 204);
    expect((await admin.send('GET', `/users/${id}`)).status).toBe(404);
  });

  test('no log line of any service holds a password, token or cookie', async () => {
    await tryLogin(stack.webuiUrl, viewer.login.user.email, 'wrong-Secret-in-a-log');
    const logs = [stack.api, stack.webui, stack.fastpath]
      .flatMap((service) => service.logs.map((record) => record.line))
      .join('\n');
    expect(logs, 'requests are logged at all').toContain('/api/v1/auth/login');
    for (const secret of [
      PASSWORD,
      'wrong-Secret-in-a-log',
      viewer.login.access_token,
      viewer.login.refresh_token,
    ])
      expect(logs.includes(secret)).toBe(false);
    for (const secret of [firstSecret(stack.jwtKeys), stack.fastpathSecret])
      expect(logs.includes(secret)).toBe(false);
    expect(/eyJ[\w-]+\.eyJ/.test(logs), 'any other JWT, service tokens included').toBe(false);
  });
});
