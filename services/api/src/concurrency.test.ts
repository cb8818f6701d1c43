import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DIALECTS, emptyDatabase, type TestDatabase } from './testing/dialects.ts';
import { type Person, startTestApp, TEST_PASSWORD, type TestApp } from './testing/test-app.ts';
import { createFirstAdmin } from './users/first-admin.ts';

/** What must hold when requests meet, on every database; servers get them over several connections. */
for (const dialect of DIALECTS) {
  describe(`at the same moment, on ${dialect}`, () => {
    let database: TestDatabase;
    let app: TestApp;
    beforeEach(async () => {
      database = await emptyDatabase(dialect);
      app = await startTestApp({
        ...database.env,
        AUTH_RATE_LIMIT: '3',
        ADMIN_EMAIL: 'first@example.com',
        ADMIN_PASSWORD: 'some good secret',
      });
    });
    afterEach(async () => {
      await app.close();
      await database.close();
    });

    const patch = (by: Person, whom: Person, body: object) =>
      app.request().patch(`/api/v1/users/${whom.id}`).set(by.bearer).send(body);
    const admins = () => app.ctx.db.knex('users').where({ role: 'admin', is_active: true }).pluck('id');

    it('two administrators demote each other: one stays', async () => {
      const [a, b] = [await app.person('admin'), await app.person('admin')];
      const answers = await Promise.all([patch(a, b, { role: 'viewer' }), patch(b, a, { role: 'viewer' })]);
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
      expect(await admins()).toHaveLength(1);
    });

    it('two administrators delete each other: one stays', async () => {
      const [a, b] = [await app.person('admin'), await app.person('admin')];
      const remove = (by: Person, whom: Person) =>
        app.request().delete(`/api/v1/users/${whom.id}`).set(by.bearer);
      const answers = await Promise.all([remove(a, b), remove(b, a)]);
      expect(answers.filter(({ status }) => status === 204)).toHaveLength(1);
      expect(await admins()).toHaveLength(1);
    });

    it('five tabs refresh: all go on, with different tokens', async () => {
      const { refreshToken } = await app.person('viewer');
      const refresh = () => app.request().post('/api/v1/auth/refresh').send({ refresh_token: refreshToken });
      const answers = await Promise.all(Array.from({ length: 5 }, refresh));
      expect(answers.map(({ status }) => status)).toEqual(Array(5).fill(200));
      expect(new Set(answers.map(({ body }) => body.refresh_token)).size).toBe(5);
    });

    it('ten guesses at one password: only the permitted number is looked at', async () => {
      const { email } = await app.person('viewer');
      const guess = () => app.request().post('/api/v1/auth/login').send({ email, password: 'wrong' });
      const answers = await Promise.all(Array.from({ length: 10 }, guess));
      expect(answers.filter(({ status }) => status === 401)).toHaveLength(3);
      expect(answers.filter(({ status }) => status === 429)).toHaveLength(7);
    });

    it('two users take one address: one gets it', async () => {
      const admin = await app.person('admin');
      const user = {
        email: 'same@example.com',
        full_name: 'Same',
        role: 'viewer',
        password: 'a rather good one',
      };
      const create = () => app.request().post('/api/v1/users').set(admin.bearer).send(user);
      const answers = await Promise.all([create(), create(), create()]);
      expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409]);
      expect(
        await app.ctx.db.knex('audit_logs').where({ action: 'user.created', actor_id: admin.id }),
      ).toHaveLength(1);
    });

    it('a user changes his password while an administrator renames him: both hold', async () => {
      const [admin, person] = [await app.person('admin'), await app.person('viewer')];
      const change = { current_password: TEST_PASSWORD, new_password: 'another good password' };
      const rename = (n: number) => patch(admin, person, { full_name: `Name ${n}` });
      const [changed, ...renamed] = await Promise.all([
        app.request().put('/api/v1/users/me/password').set(person.bearer).send(change),
        ...[1, 2, 3, 4, 5, 6, 7, 8].map(rename),
      ]);
      expect([changed, ...renamed].map(({ status }) => status)).toEqual([204, ...Array(8).fill(200)]);
      await app.login(person.email, change.new_password);
    });

    it('three servers create the first administrator: once', async () => {
      await Promise.all([createFirstAdmin(app.ctx), createFirstAdmin(app.ctx), createFirstAdmin(app.ctx)]);
      expect(await app.ctx.db.knex('users').pluck('email')).toEqual(['first@example.com']);
    });

    it('lists by cursor and by page alike', async () => {
      const admin = await app.person('admin');
      for (const role of ['viewer', 'viewer', 'maintainer'] as const) await app.person(role);
      const list = (query: object) =>
        app.request().get('/api/v1/users').set(admin.bearer).query(query).expect(200);
      const numbered = await list({ page: 1, sort: 'email' });
      expect(numbered.body.pagination).toMatchObject({ total: 4, pages: 1 });
      const first = await list({ limit: 3, sort: 'email' });
      const second = await list({ limit: 3, sort: 'email', cursor: first.body.next_cursor });
      expect([...first.body.items, ...second.body.items]).toEqual(numbered.body.items);
      expect((await list({ q: 'viewer', is_active: 'true' })).body.items).toHaveLength(2);
    });
  });
}
