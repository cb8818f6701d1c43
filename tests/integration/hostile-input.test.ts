import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Stack, startStack } from '../../scripts/processes/stack.ts';
import { type Client, PASSWORD, signIn, signInAdmin, tryLogin } from '../harness/client.ts';
import { ask, ok } from '../harness/http.ts';
import { rawGet, rawRequest } from '../harness/raw-http.ts';
import type { Page, Problem, Rule, User } from '../harness/types.ts';

describe('hostile input', () => {
  let stack: Stack;
  let admin: Client;
  let viewer: Client;
  beforeAll(async () => {
    stack = await startStack({ fastpaths: 0 });
    admin = await signInAdmin(stack);
    await admin.createUser('viewer@example.com', 'viewer');
    viewer = await signIn(stack.apiUrl, 'viewer@example.com');
  });
  afterAll(() => stack?.stop());

  const origins = () => [stack.apiUrl, stack.webuiUrl];

  test('a huge body is refused with 413 and the service goes on, directly and through the proxy', async () => {
    const name = 'x'.repeat(20_000_000);
    for (const origin of origins()) {
      const reply = await admin
        .at(origin)
        .send<Problem>('POST', '/rules', { body: { name, action: 'drop' } });
      expect(reply.status).toBe(413);
      await admin.at(origin).get('/auth/me');
    }
    const reply = await admin.send<Problem>('POST', '/rules', {
      body: { name: 'x'.repeat(1_500_000), action: 'drop' },
    });
    expect(reply.status).toBe(413);
    expect(reply.body.code).toEqual(expect.any(String));
  });

  test.each<[string, string, string, number[]]>([
    ['cut off', '{"email":"a@', 'application/json', [400]],
    ['not an object', '"admin"', 'application/json', [400, 422]],
    ['null', 'null', 'application/json', [400, 422]],
    ['empty', '', 'application/json', [400, 422]],
    ['an array', '[]', 'application/json', [400, 422]],
    ['deeply nested', '['.repeat(50_000), 'application/json', [400, 413]],
    [
      'operators for values',
      '{"email":{"$ne":null},"password":{"$ne":null}}',
      'application/json',
      [400, 422],
    ],
    ['prototype keys', '{"__proto__":{"role":"admin"},"email":1}', 'application/json', [400, 422]],
    [
      'a form',
      'email=admin@example.com&password=admin',
      'application/x-www-form-urlencoded',
      [400, 415, 422],
    ],
    ['XML', '<a/>', 'application/xml', [400, 415]],
    ['a charset nobody knows', '{}', 'application/json; charset=klingon', [400, 415]],
    ['an encoding nobody knows', '{}', 'application/json', [400, 415, 422]],
  ])('a login body that is %s is a problem, never a 5xx', async (name, raw, type, expected) => {
    const headers: Record<string, string> = { 'content-type': type };
    if (name.startsWith('an encoding')) headers['content-encoding'] = 'klingon';
    for (const origin of origins()) {
      const reply = await ask<Problem>(`${origin}/api/v1/auth/login`, 'POST', { raw, headers });
      expect(expected, reply.text).toContain(reply.status);
      expect(reply.headers.get('content-type')).toContain('application/problem+json');
      expect(reply.body).toMatchObject({
        status: reply.status,
        code: expect.any(String),
        request_id: expect.any(String),
      });
      expect(reply.text).not.toMatch(/node_modules|SyntaxError|at \w+ \(/);
    }
  });

  test('unknown paths and methods under /api are problems too, never the page of the browser', async () => {
    for (const origin of origins()) {
      const lost = await ask<Problem>(`${origin}/api/v1/nothing-here`, 'GET');
      expect(lost.status).toBe(404);
      expect(lost.headers.get('content-type')).toContain('application/problem+json');
      const method = await ask<Problem>(`${origin}/api/v1/auth/login`, 'DELETE');
      expect(method.status).toBe(405);
      expect(method.headers.get('allow')).toContain('POST');
    }
  });

  const injections = [
    "' OR '1'='1",
    "'; DROP TABLE users; --",
    '%',
    '_',
    '\\',
    '" OR ""="',
    '1) UNION SELECT * FROM users--',
  ];

  test.each(injections)('the search %s is text', async (text) => {
    const found = await admin.get<Page<User>>(`/users?q=${encodeURIComponent(text)}`);
    expect(found.items).toEqual([]);
  });

  test('SQL in e-mail, sort, cursor, filter and id is refused or finds nothing', async () => {
    for (const text of injections) {
      expect([400, 401, 422]).toContain((await tryLogin(stack.apiUrl, text, text)).status);
      for (const key of ['sort', 'cursor', 'role', 'is_active', 'limit', 'page']) {
        const reply = await admin.send<Problem>('GET', `/users?${key}=${encodeURIComponent(text)}`);
        expect([400, 422], `${key}=${text}: ${reply.text}`).toContain(reply.status);
      }
      const lost = await admin.send('GET', `/users/${encodeURIComponent(text)}`);
      expect([400, 404, 422], lost.text).toContain(lost.status);
    }
    expect((await admin.get<Page<User>>('/users')).items.length).toBe(2);
  });

  test('a list never gives more than 100 at once', async () => {
    const reply = await admin.send<Page<User> & Problem>('GET', '/users?limit=1000000');
    if (reply.status === 200) expect(reply.body.items.length).toBeLessThanOrEqual(100);
    else expect([400, 422]).toContain(reply.status);
  });

  test('nobody gives himself a role, another id or a new state through his own profile', async () => {
    const before = (await viewer.get<{ user: User }>('/auth/me')).user;
    const body = {
      full_name: 'Renamed',
      role: 'admin',
      is_active: false,
      id: admin.login.user.id,
      password: 'x',
      must_change_password: true,
      created_at: '2000-01-01T00:00:00.000Z',
    };
    const reply = await viewer.send<Problem>('PUT', '/users/me', { body });
    expect([200, 400, 422], reply.text).toContain(reply.status);
    const after = (await viewer.get<{ user: User }>('/auth/me')).user;
    const { full_name: _name, updated_at: _at, ...fixed } = before;
    expect(after).toMatchObject(fixed);
    expect((await viewer.send('PUT', '/users/me', { body: { full_name: 'Renamed' } })).status).toBe(200);
    expect((await tryLogin(stack.apiUrl, before.email, PASSWORD)).status).toBe(200);
  });

  test('a viewer reaches nothing of the administration', async () => {
    const id = admin.login.user.id;
    const forbidden: [string, string, object?][] = [
      ['GET', '/users'],
      ['POST', '/users', { email: 'a@example.com', full_name: 'a', role: 'admin', password: PASSWORD }],
      ['GET', `/users/${id}`],
      ['PATCH', `/users/${viewer.login.user.id}`, { role: 'admin' }],
      ['DELETE', `/users/${id}`],
      ['GET', '/audit-logs'],
      ['POST', '/rules', { name: 'r', action: 'drop' }],
      ['POST', '/fastpath/captures', {}],
    ];
    for (const [method, path, body] of forbidden) {
      const reply = await viewer.send<Problem>(method, path, { body });
      expect(reply.status, `${method} ${path}`).toBe(403);
    }
    await viewer.get('/auth/me');
  });

  test('the last active admin can be neither demoted, deactivated nor deleted', async () => {
    const id = admin.login.user.id;
    for (const body of [{ role: 'viewer' }, { is_active: false }]) {
      const reply = await admin.send<Problem>('PATCH', `/users/${id}`, { body });
      expect(reply.status, reply.text).toBeGreaterThanOrEqual(400);
    }
    expect((await admin.send('DELETE', `/users/${id}`)).status).toBeGreaterThanOrEqual(400);
    expect((await admin.get<{ user: User }>('/auth/me')).user).toMatchObject({
      role: 'admin',
      is_active: true,
    });
  });

  test('two admins who demote each other at once leave one', async () => {
    await admin.createUser('second@example.com', 'admin');
    const second = await signIn(stack.apiUrl, 'second@example.com');
    const pair = [admin, second] as const;
    await Promise.all(
      pair.map((client, i) =>
        client.send('PATCH', `/users/${pair[1 - i]!.login.user.id}`, { body: { role: 'maintainer' } }),
      ),
    );
    const survivors = (await Promise.all(pair.map((client) => client.send('GET', '/users')))).filter(
      (reply) => reply.status === 200,
    );
    expect(survivors.length).toBeGreaterThanOrEqual(1);
    // Whoever won goes on as the admin of this file.
    const winner = (await admin.send('GET', '/users')).status === 200 ? 0 : 1;
    const back = await pair[winner]!.send('PATCH', `/users/${pair[1 - winner]!.login.user.id}`, {
      body: { role: 'admin' },
    });
    expect(back.status, back.text).toBe(200);
    admin = await signInAdmin(stack);
  });

  test('line breaks reach no header and stay text in names', async () => {
    for (const origin of origins()) {
      for (const path of [
        '/%0d%0aSet-Cookie:%20evil=1',
        '/api/v1/x%0d%0aSet-Cookie:%20evil=1',
        '/rules?next=%0d%0aSet-Cookie:evil=1',
      ]) {
        const [head] = (await rawGet(origin, path)).split('\r\n\r\n');
        expect(head).toMatch(/^HTTP\/1\.1 \d/);
        expect(head, path).not.toMatch(/^set-cookie: *evil/im);
      }
      const reply = await ask(`${origin}/api/v1/nothing`, 'GET', {
        headers: { 'x-request-id': 'a'.repeat(5_000) },
      });
      expect(reply.headers.get('x-request-id')!.length).toBeLessThanOrEqual(200);
    }
    const reply = await admin.send<Rule & Problem>('POST', '/rules', {
      body: { name: 'a\r\nSet-Cookie: b=c', action: 'allow' },
    });
    if (reply.status === 201) expect(reply.body.name).toContain('a');
    else expect([400, 422], reply.text).toContain(reply.status);
    expect(reply.headers.get('set-cookie')).toBeNull();
    const lines = stack.api.logs.filter((record) => Object.keys(record.fields).length === 0);
    expect(lines.map((record) => record.line)).toEqual([]);
  });

  test('request smuggling: two lengths are refused by both services', async () => {
    for (const origin of origins()) {
      const host = new URL(origin).host;
      const reply = await rawRequest(
        origin,
        `POST /api/v1/auth/login HTTP/1.1\r\nHost: ${host}\r\nContent-Type: application/json\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: ${host}\r\n\r\n`,
      );
      expect(reply).toMatch(/^HTTP\/1\.1 400/);
      expect(reply.match(/HTTP\/1\.1/g)).toHaveLength(1);
    }
  });

  test.each([
    '/../../../../../../etc/passwd',
    '/..%2f..%2f..%2f..%2f..%2fetc%2fpasswd',
    '/%2e%2e/%2e%2e/%2e%2e/%2e%2e/etc/passwd',
    '/assets/..%2f..%2f..%2fpackage.json',
    '/assets/../../package.json',
    '/..%5c..%5cpackage.json',
    '/assets/%00/../../package.json',
    '//etc/passwd',
    '/server/main.ts',
    '/assets/../../server/main.ts',
    '/.stamp',
    '/.env',
    'http://evil.example/etc/passwd',
  ])('the WebUI serves no file outside its bundle: %s', async (path) => {
    const reply = await rawGet(stack.webuiUrl, path);
    expect(reply).toMatch(/^HTTP\/1\.1 (200|30\d|400|403|404)/);
    expect(reply).not.toMatch(/root:.*:0:0|"name": "@tripod|import .* from|API_URL/);
    expect(reply, 'no redirect to another origin').not.toMatch(/^location: *(https?:)?\/\//im);
  });

  test('everything still works after all of this', async () => {
    ok(await tryLogin(stack.webuiUrl, 'viewer@example.com', PASSWORD));
    expect(stack.api.logs.filter((record) => ['error', 'fatal'].includes(record.level))).toEqual([]);
  });
});
