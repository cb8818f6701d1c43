import { describe, expect, it } from 'vitest';
import { findUserByEmail, insertUser } from '../users/users.repository.ts';
import { onEachDatabase } from './each-database.ts';
import { ACTOR, newUser, unique, userRow } from './samples.ts';

onEachDatabase('users', (subject) => {
  const entries = (id: string) =>
    subject.db.knex('audit_logs').where({ resource_id: id }).orderBy('created_at').orderBy('id');

  it('are created, read, changed and deleted, each with one audit entry', async () => {
    const { users } = subject.ctx;
    const created = await users.create(ACTOR, newUser({ is_active: false, must_change_password: true }));
    expect(await users.get(created.id)).toMatchObject(created);
    expect(await findUserByEmail(subject.db.knex, created.email)).toMatchObject(created);

    const changes = { email: `${unique()}@example.com`, full_name: 'Another', is_active: true };
    const changed = await users.update(ACTOR, created.id, { ...changes, must_change_password: false });
    expect(changed).toMatchObject({
      ...created,
      ...changes,
      must_change_password: false,
      updated_at: changed.updated_at,
    });
    expect(await users.get(created.id)).toMatchObject({ ...changes, updated_at: changed.updated_at });
    expect(await findUserByEmail(subject.db.knex, created.email)).toBeUndefined();

    await users.remove(ACTOR, created.id);
    await expect(users.get(created.id)).rejects.toMatchObject({ code: 'not_found' });
    const actions = (await entries(created.id)).map(({ action }) => action);
    expect(actions).toEqual(['user.created', 'user.updated', 'user.deleted']);
  });

  it('have booleans that are booleans, numbers that are numbers and a null that is null', async () => {
    const { id } = await subject.ctx.users.create(ACTOR, newUser({ is_active: false }));
    const user = await subject.ctx.users.get(id);
    expect([user.is_active, user.must_change_password]).toEqual([false, false]);
    expect([typeof user.created_at, typeof user.updated_at, user.last_login_at]).toEqual([
      'number',
      'number',
      null,
    ]);
  });

  it('are filtered by a boolean, also when it is false', async () => {
    const name = unique();
    const made = [true, false, false].map((is_active) => newUser({ is_active, full_name: name }));
    for (const user of made) await subject.ctx.users.create(ACTOR, user);
    const found = async (is_active: boolean) =>
      (await subject.ctx.users.list({ q: name, is_active, sort: 'email' })).items.length;
    expect([await found(true), await found(false)]).toEqual([1, 2]);
  });

  it('that change nothing leave no entry', async () => {
    const user = await subject.ctx.users.create(ACTOR, newUser({}));
    expect(await subject.ctx.users.update(ACTOR, user.id, { full_name: user.full_name })).toMatchObject(user);
    expect(await entries(user.id)).toHaveLength(1);
  });

  it('take search terms, sessions and refresh tokens with them when they go', async () => {
    const user = newUser({});
    const { id } = await subject.ctx.users.create(ACTOR, user);
    await subject.app.login(user.email, user.password);
    const { knex } = subject.db;
    const sessions = await knex('sessions').where({ user_id: id }).pluck('id');
    expect(sessions).toHaveLength(1);
    await subject.ctx.users.remove(ACTOR, id);
    expect(await knex('user_search_terms').where({ user_id: id })).toEqual([]);
    expect(await knex('sessions').where({ user_id: id })).toEqual([]);
    expect(await knex('refresh_tokens').where({ session_id: sessions[0] })).toEqual([]);
  });

  describe('twelve requests for one address', () => {
    const settled = async (writes: Promise<unknown>[]) => {
      const results = await Promise.allSettled(writes);
      const refused = results.filter((result) => result.status === 'rejected');
      expect(refused.map(({ reason }) => reason.code)).toEqual(Array(refused.length).fill('email_taken'));
      return results.length - refused.length;
    };

    it('as new users: one gets it, the others are told so', async () => {
      const email = `${unique()}@example.com`;
      const create = () => subject.ctx.users.create(ACTOR, newUser({ email }));
      expect(await settled(Array.from({ length: 12 }, create))).toBe(1);
      expect(await subject.db.knex('users').where({ email })).toHaveLength(1);
      const { id } = (await findUserByEmail(subject.db.knex, email))!;
      expect(
        await subject.db.knex('audit_logs').where({ action: 'user.created', resource_id: id }),
      ).toHaveLength(1);
      // Those who lost left nothing behind.
      expect(await subject.db.knex('user_search_terms').where({ term: email })).toHaveLength(1);
    });

    it('as a change of twelve users: one gets it, the others keep theirs', async () => {
      const email = `${unique()}@example.com`;
      const made = Array.from({ length: 12 }, () => userRow());
      await subject.db.transaction(async (trx) => {
        for (const user of made) await insertUser(trx, user);
      });
      expect(await settled(made.map(({ id }) => subject.ctx.users.update(ACTOR, id, { email })))).toBe(1);
      const now = await Promise.all(made.map(({ id }) => subject.ctx.users.get(id)));
      expect(now.filter((user) => user.email === email)).toHaveLength(1);
      expect(now.filter((user, n) => user.email === made[n]!.email)).toHaveLength(11);
    });

    it('two users swap addresses: neither ends up with both or none', async () => {
      const [a, b] = [
        await subject.ctx.users.create(ACTOR, newUser({})),
        await subject.ctx.users.create(ACTOR, newUser({})),
      ];
      await settled([
        subject.ctx.users.update(ACTOR, a.id, { email: b.email }),
        subject.ctx.users.update(ACTOR, b.id, { email: a.email }),
      ]);
      const emails = [(await subject.ctx.users.get(a.id)).email, (await subject.ctx.users.get(b.id)).email];
      expect(emails.sort()).toEqual([a.email, b.email].sort());
    });
  });
});
