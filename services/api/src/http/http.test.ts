import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mintBearer } from '../testing/mint.ts';
import { type Person, startTestApp, type TestApp } from '../testing/test-app.ts';
import type { Users } from '../users/users.service.ts';

let app: TestApp;
let admin: Person;

beforeAll(async () => {
  app = await startTestApp();
  admin = await app.person('admin');
});
afterAll(() => app.close());

function expectProblem(
  response: { headers: Record<string, string>; body: Record<string, unknown>; status: number },
  code: string,
) {
  expect(response.headers['content-type']).toContain('application/problem+json');
  expect(response.body).toMatchObject({ code, status: response.status, type: `urn:tripod:problem:${code}` });
  expect(response.body.request_id).toBe(response.headers['x-request-id']);
}

describe('problems', () => {
  it('malformed JSON is 400', async () => {
    const response = await app
      .request()
      .post('/api/v1/auth/login')
      .type('json')
      .send('{"email":')
      .expect(400);
    expectProblem(response, 'malformed_request');
  });

  it('a JSON value that is no object is refused', async () => {
    for (const text of ['null', '[]', '"x"', '7']) {
      const response = await app.request().post('/api/v1/auth/login').type('json').send(text);
      expect([400, 422]).toContain(response.status);
    }
  });

  it('wrong types are 422 and name the fields', async () => {
    const response = await app
      .request()
      .post('/api/v1/auth/login')
      .send({ email: 5, password: ['x'] })
      .expect(422);
    expectProblem(response, 'validation_failed');
    expect(response.body.errors.map(({ path }: { path: string }) => path)).toEqual(['email', 'password']);
  });

  it('unknown fields are named', async () => {
    const response = await app
      .request()
      .put('/api/v1/users/me')
      .set(admin.bearer)
      .send({ full_name: 'X', role: 'admin' })
      .expect(422);
    expect(response.body.errors).toEqual([{ path: 'role', message: 'Unknown field' }]);
  });

  it('another content type is 415, an unknown charset too', async () => {
    expectProblem(
      await app.request().post('/api/v1/auth/login').type('form').send('email=x').expect(415),
      'unsupported_media_type',
    );
    const latin = app
      .request()
      .post('/api/v1/auth/login')
      .set('Content-Type', 'application/json; charset=x-unknown');
    expectProblem(await latin.send('{}').expect(415), 'unsupported_media_type');
  });

  it('a body over the limit is 413', async () => {
    const body = { email: 'x', password: 'x'.repeat(200_000) };
    expectProblem(await app.request().post('/api/v1/auth/login').send(body).expect(413), 'too_large');
  });

  it('the character NUL is 400 wherever it stands', async () => {
    const body = { email: 'a\0b@example.com', password: 'x' };
    expectProblem(await app.request().post('/api/v1/auth/login').send(body).expect(400), 'malformed_request');
    const list = app.request().get('/api/v1/users?q=%00').set(admin.bearer);
    expectProblem(await list.expect(400), 'malformed_request');
  });

  it('a value nested without end is refused', async () => {
    const nested = `{"email":${'['.repeat(50_000)}${']'.repeat(50_000)},"password":"x"}`;
    const response = await app.request().post('/api/v1/auth/login').type('json').send(nested).expect(422);
    expectProblem(response, 'validation_failed');
  });

  it('names no more than 50 fields', async () => {
    const body = Object.fromEntries(Array.from({ length: 200 }, (_, n) => [`field_${n}`, n]));
    const profile = app.request().put('/api/v1/users/me').set(admin.bearer).send(body);
    expect((await profile.expect(422)).body.errors).toHaveLength(50);
  });

  it('an access token that cannot be decoded is 401', async () => {
    const token = `${btoa('{"typ":"JWT","kid":"test"}')}.${btoa('not JSON')}.c2ln`;
    const response = await app.request().get('/api/v1/users/me').set('Authorization', `Bearer ${token}`);
    expectProblem(response, 'unauthenticated');
  });

  it('an unknown path is 404, also outside /api', async () => {
    expectProblem(await app.request().get('/api/v1/nothing').expect(404), 'not_found');
    expectProblem(await app.request().get('/api/v2').expect(404), 'not_found');
    expectProblem(await app.request().get('/').expect(404), 'not_found');
  });

  it('a wrong method is 405 with Allow', async () => {
    const response = await app.request().delete('/api/v1/users').expect(405);
    expectProblem(response, 'method_not_allowed');
    expect(response.headers.allow).toBe('GET, HEAD, POST, OPTIONS');
  });

  it('OPTIONS tells what is allowed', async () => {
    const response = await app.request().options('/api/v1/auth/login').expect(204);
    expect(response.headers.allow).toBe('POST, OPTIONS');
  });

  it('a path that cannot be decoded is 400', async () => {
    expectProblem(
      await app.request().get('/api/v1/users/%zz').set(admin.bearer).expect(400),
      'malformed_request',
    );
  });

  it('an id that cannot exist is 404', async () => {
    expectProblem(await app.request().get('/api/v1/users/7').set(admin.bearer).expect(404), 'not_found');
  });

  it('shows nothing of an unexpected error', async () => {
    const failing = { get: () => Promise.reject(new Error('secret detail')) } as unknown as Users;
    const broken = await startTestApp({}, { users: failing });
    try {
      const bearer = await mintBearer(broken.ctx, 'viewer');
      const response = await broken.request().get('/api/v1/users/me').set(bearer).expect(500);
      expectProblem(response, 'internal');
      expect(JSON.stringify(response.body)).not.toContain('secret');
    } finally {
      await broken.close();
    }
  });
});

describe('a JSON response', () => {
  it('says its type and its length in bytes, also to HEAD', async () => {
    const profile = app
      .request()
      .put('/api/v1/users/me')
      .set(admin.bearer)
      .send({ full_name: 'Ada Ünïcode 🎉' });
    expect((await profile.expect(200)).body.full_name).toBe('Ada Ünïcode 🎉');
    const { headers, text } = await app.request().get('/api/v1/users/me').set(admin.bearer).expect(200);
    const expected = {
      'content-type': 'application/json; charset=utf-8',
      'content-length': String(Buffer.byteLength(text)),
    };
    expect(headers).toMatchObject(expected);
    const head = await app.request().head('/api/v1/users/me').set(admin.bearer).expect(200);
    expect(head.headers).toMatchObject(expected);
    expect(head.text ?? '').toBe('');
  });

  it('with an ETag is 304 to who has it', async () => {
    const rule = { name: 'known', action: 'allow' };
    const { body, headers } = await app
      .request()
      .post('/api/v1/rules')
      .set(admin.bearer)
      .send(rule)
      .expect(201);
    const read = app.request().get(`/api/v1/rules/${body.id}`).set(admin.bearer);
    await read.set('If-None-Match', headers.etag!).expect(304, '');
  });
});

describe('headers', () => {
  it('takes a sane request id over and replaces any other', async () => {
    const taken = await app.request().get('/healthz').set('X-Request-Id', 'abc-1');
    expect(taken.headers['x-request-id']).toBe('abc-1');
    const made = await app.request().get('/healthz').set('X-Request-Id', 'a b"c');
    expect(made.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('sets the security headers and forbids caching', async () => {
    const { headers } = await app.request().get('/api/v1/users').set(admin.bearer).expect(200);
    expect(headers).toMatchObject({
      'content-security-policy': "default-src 'none';frame-ancestors 'none'",
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
    });
    expect(headers).not.toHaveProperty('strict-transport-security');
    expect(headers).not.toHaveProperty('x-powered-by');
  });
});

describe('the client', () => {
  const auditedAddress = async (forwarded: string, by = app) => {
    const email = `${crypto.randomUUID()}@example.com`;
    const login = by.request().post('/api/v1/auth/login').set('X-Forwarded-For', forwarded);
    await login.send({ email, password: 'x' }).expect(401);
    return (await by.ctx.db.knex('audit_logs').where({ actor_email: email }).first()).ip;
  };

  it('is who the proxy says, if that is an address', async () => {
    expect(await auditedAddress('192.0.2.7')).toBe('192.0.2.7');
    expect(await auditedAddress('::ffff:192.0.2.7')).toBe('192.0.2.7');
    expect(await auditedAddress('2001:db8::7')).toBe('2001:db8::7');
    for (const made of ['unknown', '192.0.2.7:443', 'x'.repeat(300)])
      expect(await auditedAddress(made)).toBe('127.0.0.1');
  });

  it('is the peer with TRUST_PROXY=none', async () => {
    const direct = await startTestApp({ TRUST_PROXY: 'none' });
    try {
      expect(await auditedAddress('192.0.2.7', direct)).toBe('127.0.0.1');
    } finally {
      await direct.close();
    }
  });

  it('is named in the log also when it is refused', async () => {
    const lines: string[] = [];
    const log = pino({ level: 'info' }, { write: (line: string) => void lines.push(line) });
    const logged = await startTestApp({}, { log });
    try {
      const viewer = await logged.person('viewer');
      await logged
        .request()
        .get('/api/v1/users')
        .set(viewer.bearer)
        .set('X-Forwarded-For', '192.0.2.7')
        .expect(403);
      await expect.poll(() => lines.find((line) => line.includes('"statusCode":403'))).toBeDefined();
      const line = JSON.parse(lines.find((text) => text.includes('"statusCode":403'))!);
      expect(line).toMatchObject({ user_id: viewer.id, req: { client: '192.0.2.7' } });
    } finally {
      await logged.close();
    }
  });
});
