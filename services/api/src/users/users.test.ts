import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Person, startTestApp, TEST_PASSWORD, type TestApp } from '../testing/test-app.ts';

let app: TestApp;
let admin: Person;
beforeAll(async () => {
  app = await startTestApp();
  admin = await app.person('admin');
});
afterAll(() => app.close());

const valid = { email: 'new@example.com', full_name: 'New One', role: 'viewer', password: TEST_PASSWORD };
const create = (body: object) => app.request().post('/api/v1/users').set(admin.bearer).send(body);
const url = (id: string) => `/api/v1/users/${id}`;
const patch = (id: string, body: object, by = admin) =>
  app.request().patch(url(id)).set(by.bearer).send(body);
const audit = (id: string) =>
  app.ctx.db.knex('audit_logs').where({ resource_id: id, resource_type: 'user' }).orderBy('created_at');

describe('users', () => {
  it('are created, read, replaced, changed and deleted, each with its audit entry', async () => {
    const created = await create({ ...valid, email: 'Life@Example.com' }).expect(201);
    const { id } = created.body;
    expect(created.headers.location).toBe(`/api/v1/users/${id}`);
    expect(created.body).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-7/),
      email: 'life@example.com',
      full_name: 'New One',
      role: 'viewer',
      is_active: true,
      must_change_password: true,
      created_at: expect.any(String),
      updated_at: expect.any(String),
      last_login_at: null,
    });
    expect((await app.request().get(url(id)).set(admin.bearer).expect(200)).body).toEqual(created.body);
    const replaced = { email: 'life2@example.com', full_name: 'Two', role: 'maintainer', is_active: false };
    expect(
      (await app.request().put(url(id)).set(admin.bearer).send(replaced).expect(200)).body,
    ).toMatchObject(replaced);
    expect((await patch(id, { full_name: 'Three' }).expect(200)).body).toMatchObject({
      ...replaced,
      full_name: 'Three',
    });
    await app.request().delete(url(id)).set(admin.bearer).expect(204);
    await app.request().get(url(id)).set(admin.bearer).expect(404);
    await app.request().delete(url(id)).set(admin.bearer).expect(404);

    const entries = await audit(id);
    expect(entries.map(({ action }) => action)).toEqual([
      'user.created',
      'user.updated',
      'user.updated',
      'user.deleted',
    ]);
    expect(JSON.parse(entries[2].changes)).toEqual({ full_name: { from: 'Two', to: 'Three' } });
    for (const entry of entries)
      expect(entry).toMatchObject({ actor_id: admin.id, actor_email: admin.email, ip: '127.0.0.1' });
    expect(JSON.stringify(entries)).not.toContain(TEST_PASSWORD);
  });

  it('have unique addresses whatever their letter case', async () => {
    await create({ ...valid, email: 'twice@example.com' }).expect(201);
    const { body } = await create({ ...valid, email: 'TWICE@example.com' }).expect(409);
    expect(body).toMatchObject({ code: 'email_taken', errors: [{ path: 'email' }] });
    const other = await create({ ...valid, email: 'other@example.com' }).expect(201);
    await patch(other.body.id, { email: 'Twice@example.com' }).expect(409);
    expect(await audit(other.body.id)).toHaveLength(1);
  });

  it.each([
    ['email', { email: 'not an address' }],
    ['email', { email: 7 }],
    ['full_name', { full_name: '   ' }],
    ['full_name', { full_name: 'x'.repeat(201) }],
    ['role', { role: 'root' }],
    ['password', { password: 'short' }],
    ['password', { password: 'é'.repeat(37) }],
    ['password', { password: 'password123' }],
    ['is_active', { is_active: 'yes' }],
    ['id', { id: 'x' }],
  ])('are refused with a bad %s: %j', async (path, change) => {
    const { body } = await create({ ...valid, ...change }).expect(422);
    expect(body.errors[0].path).toBe(path);
  });
});

describe('an administrator', () => {
  it('cannot demote, deactivate or delete himself, but may rename himself', async () => {
    for (const change of [{ role: 'viewer' }, { is_active: false }]) {
      expect((await patch(admin.id, change).expect(409)).body.code).toBe('cannot_modify_self');
    }
    expect((await app.request().delete(url(admin.id)).set(admin.bearer).expect(409)).body.code).toBe(
      'cannot_modify_self',
    );
    await patch(admin.id, { full_name: 'Renamed' }).expect(200);
  });

  it('cannot set his own password without the current one', async () => {
    const profile = { email: admin.email, full_name: 'Admin', role: 'admin', is_active: true };
    const password = 'yet another password';
    const put = app.request().put(url(admin.id)).set(admin.bearer);
    expect((await put.send({ ...profile, password }).expect(409)).body.code).toBe('cannot_modify_self');
    expect((await patch(admin.id, { password }).expect(409)).body.code).toBe('cannot_modify_self');
    await app.login(admin.email);
  });

  it.each([
    ['a new role', { role: 'maintainer' }],
    ['deactivation', { is_active: false }],
    ['a new password', { password: 'yet another password' }],
  ])('ends the sessions of a user with %s', async (_name, change) => {
    const person = await app.person('viewer');
    await patch(person.id, change).expect(200);
    expect((await app.request().get('/api/v1/auth/me').set(person.bearer).expect(401)).body.code).toBe(
      'session_ended',
    );
    await app.request().post('/api/v1/auth/refresh').send({ refresh_token: person.refreshToken }).expect(401);
  });

  it('writes nothing when nothing changes', async () => {
    const person = await app.person('viewer');
    const before = await app.request().get(url(person.id)).set(admin.bearer);
    const { body } = await patch(person.id, { role: 'viewer' }).expect(200);
    expect(body).toEqual(before.body);
    expect((await audit(person.id)).map(({ action }) => action)).toEqual(['user.created']);
  });

  it('leaves sessions alone when only the name changes', async () => {
    const person = await app.person('viewer');
    await patch(person.id, { full_name: 'Other' }).expect(200);
    await app.request().get('/api/v1/auth/me').set(person.bearer).expect(200);
  });

  it('ends the sessions of a user by deleting him', async () => {
    const person = await app.person('viewer');
    await app.request().delete(url(person.id)).set(admin.bearer).expect(204);
    await app.request().get('/api/v1/auth/me').set(person.bearer).expect(401);
  });

  it('loses his power at once when another takes it', async () => {
    const other = await app.person('admin');
    await app.request().get('/api/v1/users').set(other.bearer).expect(200);
    await patch(other.id, { role: 'viewer' }).expect(200);
    await app.request().get('/api/v1/users').set(other.bearer).expect(401);
    const again = await app.login(other.email);
    // A refusal logs nobody out.
    await app.request().get('/api/v1/users').set(again.bearer).expect(403);
    await app.request().get('/api/v1/auth/me').set(again.bearer).expect(200);
  });
});

describe('the last administrator', () => {
  it.each(['demote', 'deactivate', 'remove'])('cannot be taken away: %s', async (how) => {
    const own = await startTestApp();
    try {
      const last = await own.person('admin');
      const actor = { id: null, email: null, ip: '', requestId: '' };
      const change = { demote: { role: 'viewer' as const }, deactivate: { is_active: false } }[how];
      const attempt = change
        ? own.ctx.users.update(actor, last.id, change)
        : own.ctx.users.remove(actor, last.id);
      await expect(attempt).rejects.toMatchObject({ code: 'last_admin' });
      expect(await own.ctx.sessions.countLive()).toBe(1);
    } finally {
      await own.close();
    }
  });
});

describe('oneself', () => {
  it('can be read and renamed by anybody, and nothing more', async () => {
    const person = await app.person('viewer');
    await app
      .request()
      .put('/api/v1/users/me')
      .set(person.bearer)
      .send({ full_name: '  Ada   King ' })
      .expect(200);
    const { body } = await app.request().get('/api/v1/users/me').set(person.bearer).expect(200);
    expect(body).toMatchObject({ full_name: 'Ada King', role: 'viewer' });
    await app
      .request()
      .put('/api/v1/users/me')
      .set(person.bearer)
      .send({ full_name: 'x', role: 'admin' })
      .expect(422);
  });
});

describe('roles', () => {
  it('are listed with what they permit', async () => {
    const { body } = await app.request().get('/api/v1/roles').set(admin.bearer).expect(200);
    expect(body.items.map(({ name }: { name: string }) => name)).toEqual(['admin', 'maintainer', 'viewer']);
    expect(body.items[0].permissions).toContain('users:write');
  });
});
