import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Stack, startStack } from '../../scripts/processes/stack.ts';
import { type Client, PASSWORD, signIn, signInAdmin } from '../harness/client.ts';
import { ask } from '../harness/http.ts';
import { type Claims, decode, firstSecret, forge, serviceToken } from '../harness/jwt.ts';
import type { Me, Problem } from '../harness/types.ts';

describe('forged access tokens', () => {
  let stack: Stack;
  let viewer: Client;
  let header: Claims;
  let claims: Claims;
  beforeAll(async () => {
    // With the life that tokens have unless somebody says otherwise.
    const api = { ACCESS_TOKEN_TTL_S: '' };
    stack = await startStack({ fastpaths: 0, webui: 0, env: { api } });
    const admin = await signInAdmin(stack);
    await admin.createUser('viewer@example.com', 'viewer');
    viewer = await signIn(stack.apiUrl, 'viewer@example.com', PASSWORD);
    ({ header, claims } = decode(viewer.login.access_token));
  });
  afterAll(() => stack?.stop());

  const meWith = (token: string) => ask<Me & Problem>(`${stack.apiUrl}/api/v1/auth/me`, 'GET', { token });

  test('a token that we sign ourselves with the right key is accepted: the attacks below can succeed', async () => {
    const reply = await meWith(forge(header, claims, firstSecret(stack.jwtKeys)));
    expect(reply.status, reply.text).toBe(200);
    expect(reply.body.user.role).toBe('viewer');
  });

  test('the claims are those of the design and say 15 minutes', () => {
    expect(header).toMatchObject({ alg: 'HS256', kid: expect.any(String) });
    expect(Object.keys(claims)).toEqual(
      expect.arrayContaining(['iss', 'aud', 'sub', 'sid', 'role', 'iat', 'exp', 'jti']),
    );
    expect(Number(claims.exp) - Number(claims.iat)).toBe(900);
  });

  test('a role written into a validly signed token does not count, the database does', async () => {
    const token = forge(header, { ...claims, role: 'admin' }, firstSecret(stack.jwtKeys));
    const users = await ask<Problem>(`${stack.apiUrl}/api/v1/users`, 'GET', { token });
    expect([401, 403]).toContain(users.status);
  });

  const key = () => firstSecret(stack.jwtKeys);
  const past = () => Math.floor(Date.now() / 1000) - 1;
  const attacks: Record<string, () => string> = {
    'alg none': () => forge({ ...header, alg: 'none' }, claims, ''),
    'alg None in other letters': () => forge({ ...header, alg: 'nOnE' }, claims, ''),
    'no signature': () => viewer.login.access_token.replace(/[^.]+$/, ''),
    'foreign key': () => forge(header, claims, 'k'.repeat(48)),
    'empty key': () => forge(header, claims, ''),
    'other algorithm with the right key': () => forge({ ...header, alg: 'HS512' }, claims, key()),
    'unknown kid': () => forge({ ...header, kid: 'nobody' }, claims, key()),
    'kid as a path': () => forge({ ...header, kid: '../../../../dev/null' }, claims, ''),
    'kid from the prototype': () => forge({ ...header, kid: '__proto__' }, claims, ''),
    'kid of another type': () => forge({ ...header, kid: { length: 1 } }, claims, key()),
    'embedded key': () => forge({ ...header, jwk: { kty: 'oct', k: 'AAAA' } }, claims, 'AAAA'),
    expired: () => forge(header, { ...claims, exp: past() }, key()),
    'no expiry': () => forge(header, { ...claims, exp: undefined }, key()),
    'not yet valid': () => forge(header, { ...claims, nbf: past() + 3600 }, key()),
    'other audience': () => forge(header, { ...claims, aud: 'fastpath' }, key()),
    'other issuer': () => forge(header, { ...claims, iss: 'evil' }, key()),
    'no session': () => forge(header, { ...claims, sid: undefined }, key()),
    'session of nobody': () =>
      forge(header, { ...claims, sid: '01890000-0000-7000-8000-000000000000' }, key()),
    "another user's id on this session": () =>
      forge(header, { ...claims, sub: '01890000-0000-7000-8000-000000000000' }, key()),
    'service token of the fast path': () => serviceToken(stack.fastpathSecret),
    'refresh token as access token': () => viewer.login.refresh_token,
    'changed payload': () => {
      const [head, , signature] = viewer.login.access_token.split('.');
      return `${head}.${Buffer.from(JSON.stringify({ ...claims, role: 'admin' })).toString('base64url')}.${signature}`;
    },
    garbage: () => 'a.b.c',
    'two tokens': () => `${viewer.login.access_token} ${viewer.login.access_token}`,
    'a very long token': () => 'x'.repeat(12_000),
  };

  test.each(Object.entries(attacks))('%s is refused', async (_name, make) => {
    const reply = await meWith(make());
    expect(reply.status, reply.text).toBe(401);
    expect(reply.headers.get('content-type')).toContain('application/problem+json');
    expect(reply.headers.get('www-authenticate')).toMatch(/^Bearer/);
    expect(reply.text).not.toMatch(/jwt |stack|\.ts:|node_modules/i);
  });

  test('other schemes and places of a token are refused', async () => {
    const token = viewer.login.access_token;
    const url = `${stack.apiUrl}/api/v1/auth/me`;
    const elsewhere: Record<string, string>[] = [
      { authorization: `Basic ${token}` },
      { authorization: token },
      { cookie: `access_token=${token}` },
    ];
    for (const headers of elsewhere) expect((await ask(url, 'GET', { headers })).status).toBe(401);
    expect((await ask(`${url}?access_token=${token}`, 'GET')).status).toBe(401);
  });
});
