import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { SYSTEM_ACTOR } from '../audit/audit.ts';
import { startTestApp, TEST_PASSWORD, type TestApp } from '../testing/test-app.ts';
import { createPasswords } from './passwords.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.close());

const post = (path: string, body?: object) => app.request().post(`/api/v1/auth/${path}`).send(body);
const me = (bearer: object) =>
  app
    .request()
    .get('/api/v1/auth/me')
    .set(bearer as never);

describe('login', () => {
  it('answers tokens and the user', async () => {
    const { email } = await app.person('viewer');
    const { body, headers } = await post('login', { email, password: TEST_PASSWORD }).expect(200);
    expect(body).toMatchObject({
      token_type: 'Bearer',
      expires_in: 900,
      user: { email, role: 'viewer', is_active: true },
    });
    expect(body.expires_at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect(body.user).not.toHaveProperty('password_hash');
    expect(headers['set-cookie']?.[0]).toMatch(
      /^tripod_refresh=[^;]+; Path=\/api\/v1\/auth; Expires=[^;]+; HttpOnly; SameSite=Strict$/,
    );
  });

  it('takes username, any letter case and any Unicode form', async () => {
    const person = {
      full_name: 'É',
      role: 'viewer' as const,
      is_active: true,
      password: TEST_PASSWORD,
      must_change_password: false,
    };
    await app.ctx.users.create(SYSTEM_ACTOR, { ...person, email: 'rené@example.com' });
    await post('login', { username: ' RENE\u0301@Example.COM ', password: TEST_PASSWORD }).expect(200);
  });

  it('gives a browser the refresh token in the cookie only, and __Host- over HTTPS', async () => {
    const { email } = await app.person('viewer');
    const { body, headers } = await post('login', { email, password: TEST_PASSWORD })
      .set('X-Requested-With', 'tripod-webui')
      .set('X-Forwarded-Proto', 'https')
      .expect(200);
    expect(body).not.toHaveProperty('refresh_token');
    expect(headers['set-cookie']?.[0]).toMatch(
      /^__Host-tripod_refresh=[^;]+; Path=\/; Expires=[^;]+; HttpOnly; Secure; SameSite=Strict$/,
    );
  });

  it('says the same whatever was wrong', async () => {
    const admin = await app.person('admin');
    const off = await app.person('viewer');
    await app
      .request()
      .patch(`/api/v1/users/${off.id}`)
      .set(admin.bearer)
      .send({ is_active: false })
      .expect(200);
    const answers = [
      await post('login', { email: off.email, password: TEST_PASSWORD }),
      await post('login', { email: off.email, password: 'wrong' }),
      await post('login', { email: 'nobody@example.com', password: 'wrong' }),
    ];
    for (const { status, body } of answers) {
      expect([status, body.code, body.detail]).toEqual([
        401,
        'invalid_credentials',
        'Wrong e-mail or password',
      ]);
    }
  });

  it('hashes anew when the cost has changed', async () => {
    const { id, email } = await app.person('viewer');
    const hash = () => app.ctx.db.knex('users').where({ id }).first('password_hash');
    await app.ctx.db
      .knex('users')
      .where({ id })
      .update({ password_hash: await createPasswords({ BCRYPT_COST: 11 }).hash(TEST_PASSWORD) });
    await app.login(email);
    expect((await hash()).password_hash).toMatch(/^\$2b\$10\$/);
    await app.login(email);
  });

  it('leaves a password typed into the field of the e-mail out of the audit log', async () => {
    const secret = 'correct horse battery';
    await post('login', { email: secret, password: 'x' }).expect(401);
    const [entry] = await app.ctx.db
      .knex('audit_logs')
      .where({ action: 'auth.login_failed', actor_email: null });
    expect(entry).toMatchObject({ resource_id: null });
    expect(JSON.stringify(await app.ctx.db.knex('audit_logs').select('*'))).not.toContain(secret);
  });

  it('counts outcomes and writes the audit log', async () => {
    const { email, id } = await app.person('viewer');
    await post('login', { email, password: 'wrong' }).expect(401);
    const metrics = await app.ctx.metrics.registry.metrics();
    expect(metrics).toMatch(/auth_logins_total\{outcome="success"\} [1-9]/);
    expect(metrics).toMatch(/auth_logins_total\{outcome="invalid"\} [1-9]/);
    expect(metrics).toMatch(/auth_sessions_live [1-9]/);
    const rows = await app.ctx.db
      .knex('audit_logs')
      .where({ actor_email: email })
      .orderBy('created_at')
      .pluck('action');
    expect(rows).toEqual(['auth.login', 'auth.login_failed']);
    expect(
      await app.ctx.db.knex('audit_logs').where({ action: 'auth.login_failed', resource_id: id }),
    ).toHaveLength(1);
  });
});

describe('a session', () => {
  it('ends with logout, for the access token too', async () => {
    const { bearer, refreshToken } = await app.person('viewer');
    await me(bearer).expect(200);
    await app.request().post('/api/v1/auth/logout').set(bearer).expect(204);
    expect((await me(bearer).expect(401)).body.code).toBe('session_ended');
    await post('refresh', { refresh_token: refreshToken }).expect(401);
  });

  it('tells who it is and what it may', async () => {
    const { bearer, id } = await app.person('viewer');
    const { body } = await me(bearer).expect(200);
    expect(body).toMatchObject({ user: { id }, permissions: ['rules:read', 'fastpath:read'] });
    expect(await app.ctx.sessions.isLive(body.session_id)).toBe(true);
  });

  it('is listed and ended by its owner only', async () => {
    const first = await app.person('viewer');
    const second = await app.login(first.email);
    const stranger = await app.person('admin');
    const { body } = await app.request().get('/api/v1/auth/sessions').set(second.bearer).expect(200);
    expect(body.items).toHaveLength(2);
    const other = body.items.find(({ current }: { current: boolean }) => !current);
    await app.request().delete(`/api/v1/auth/sessions/${other.id}`).set(stranger.bearer).expect(404);
    await app.request().delete(`/api/v1/auth/sessions/${other.id}`).set(second.bearer).expect(204);
    await me(first.bearer).expect(401);
    await me(second.bearer).expect(200);
    expect(await app.ctx.sessions.isLive(other.id)).toBe(false);
  });

  it('ends when it is not refreshed in time', async () => {
    const { bearer, id, refreshToken } = await app.person('viewer');
    await app.ctx.db
      .knex('sessions')
      .where({ user_id: id })
      .update({ expires_at: Date.now() - 1 });
    await me(bearer).expect(401);
    await post('refresh', { refresh_token: refreshToken }).expect(401);
  });

  it.each(['', 'Bearer', 'Basic YWRtaW46YWRtaW4=', 'Bearer null', 'Bearer a.b.c'])(
    'refuses %j',
    async (header) => {
      expect((await me({ Authorization: header }).expect(401)).headers['www-authenticate']).toBe('Bearer');
    },
  );
});

describe('a change of password', () => {
  const change = (bearer: object, current_password: string, new_password: string) =>
    app
      .request()
      .put('/api/v1/users/me/password')
      .set(bearer as never)
      .send({ current_password, new_password });

  it('ends every other session and keeps this one', async () => {
    const here = await app.person('viewer');
    const elsewhere = await app.login(here.email);
    await change(here.bearer, TEST_PASSWORD, 'another good password').expect(204);
    await me(here.bearer).expect(200);
    await me(elsewhere.bearer).expect(401);
    await post('refresh', { refresh_token: elsewhere.refreshToken }).expect(401);
    await post('login', { email: here.email, password: TEST_PASSWORD }).expect(401);
    await app.login(here.email, 'another good password');
  });

  it('does not undo what an administrator does meanwhile', async () => {
    const admin = await app.person('admin');
    const person = await app.person('viewer');
    const { hash } = app.ctx.passwords;
    const hashing = Promise.withResolvers<void>();
    const gate = Promise.withResolvers<void>();
    const spy = vi.spyOn(app.ctx.passwords, 'hash').mockImplementationOnce(async (password) => {
      hashing.resolve();
      await gate.promise;
      return hash(password);
    });
    const changed = change(person.bearer, TEST_PASSWORD, 'another good password').then((reply) => reply);
    await hashing.promise;
    await app
      .request()
      .patch(`/api/v1/users/${person.id}`)
      .set(admin.bearer)
      .send({ password: 'what the admin chose' })
      .expect(200);
    gate.resolve();
    expect(await changed).toMatchObject({ status: 401, body: { code: 'session_ended' } });
    spy.mockRestore();
    await post('login', { email: person.email, password: 'another good password' }).expect(401);
    await app.login(person.email, 'what the admin chose');
  });

  it.each([
    ['not the current one', 'another good password', 'current_password'],
    [TEST_PASSWORD, 'short', 'new_password'],
    [TEST_PASSWORD, 'x'.repeat(73), 'new_password'],
    [TEST_PASSWORD, 'password123', 'new_password'],
    [TEST_PASSWORD, TEST_PASSWORD, 'new_password'],
  ])('from %j to %j is refused at its field and ends no session', async (current, wanted, field) => {
    const { bearer } = await app.person('viewer');
    const { body } = await change(bearer, current, wanted).expect(422);
    expect(body.errors[0].path).toBe(field);
    await me(bearer).expect(200);
  });
});
