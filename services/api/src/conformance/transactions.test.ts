import { setImmediate as turn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { findUser, insertUser, lockUser, updateUser } from '../users/users.repository.ts';
import { onEachDatabase, type Subject } from './each-database.ts';
import { userRow } from './samples.ts';

async function someUser(subject: Subject, given = {}) {
  const user = userRow(given);
  await subject.db.transaction((trx) => insertUser(trx, user));
  return user;
}

onEachDatabase('a transaction', (subject) => {
  it('shows nothing of itself to others before its commit, and everything after it', async () => {
    const user = userRow();
    // Another connection; the pool of SQLite has one only.
    const elsewhere = () => findUser(subject.database.db.knex, user.id);
    await subject.db.transaction(async (trx) => {
      await insertUser(trx, user);
      expect(await findUser(trx, user.id)).toMatchObject(user);
      expect(await elsewhere()).toBeUndefined();
    });
    expect(await elsewhere()).toMatchObject(user);
  });

  it('that changes a row lets others read what was there before', async () => {
    const { id } = await someUser(subject, { full_name: 'Before' });
    await subject.db.transaction(async (trx) => {
      await lockUser(trx, id);
      await updateUser(trx, id, { role: 'maintainer' });
      expect((await findUser(subject.database.db.knex, id))?.role).toBe('viewer');
    });
    expect((await findUser(subject.database.db.knex, id))?.role).toBe('maintainer');
  });

  it('that fails leaves nothing, whatever it had done', async () => {
    const { id } = await someUser(subject);
    const other = userRow();
    const failing = subject.db.transaction(async (trx) => {
      await updateUser(trx, id, { role: 'admin' });
      await insertUser(trx, other);
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    expect((await findUser(subject.db.knex, id))?.role).toBe('viewer');
    expect(await findUser(subject.db.knex, other.id)).toBeUndefined();
    expect(await subject.db.knex('user_search_terms').where({ user_id: other.id })).toEqual([]);
  });

  it('under a lock loses no update: thirty read, think and write', async () => {
    const { id } = await someUser(subject, { updated_at: 0 });
    const countUp = () =>
      subject.db.transaction(async (trx) => {
        const user = (await lockUser(trx, id))!;
        await turn();
        await updateUser(trx, id, { updated_at: user.updated_at + 1 });
      });
    await Promise.all(Array.from({ length: 30 }, countUp));
    expect((await findUser(subject.db.knex, id))?.updated_at).toBe(30);
  });

  it('behind a lock sees what the one before it has committed', async () => {
    const { id } = await someUser(subject);
    const locked = Promise.withResolvers<void>();
    const first = subject.db.transaction(async (trx) => {
      await lockUser(trx, id);
      locked.resolve();
      await turn();
      await updateUser(trx, id, { role: 'maintainer' });
    });
    await locked.promise;
    const second = subject.db.transaction(async (trx) => (await lockUser(trx, id))?.role);
    await first;
    expect(await second).toBe('maintainer');
  });

  it('waits for a connection when all are taken: a hundred on a pool of ten', async () => {
    const users = Array.from({ length: 100 }, () => userRow());
    await Promise.all(users.map((user) => subject.db.transaction((trx) => insertUser(trx, user))));
    const ids = users.map(({ id }) => id);
    expect(await subject.db.knex('users').whereIn('id', ids).pluck('id')).toHaveLength(100);
    expect(subject.db.pool()).toMatchObject({ used: 0, waiting: 0 });
  });

  it('deletes what hangs on a row with it, and refuses what hangs on none', async () => {
    const { id } = await someUser(subject);
    const orphan = { term: 'x', user_id: 'nobody' };
    await expect(subject.db.knex('user_search_terms').insert(orphan)).rejects.toThrow();
    expect(await subject.db.knex('user_search_terms').where({ user_id: id })).not.toEqual([]);
    await subject.db.knex('users').where({ id }).delete();
    expect(await subject.db.knex('user_search_terms').where({ user_id: id })).toEqual([]);
  });
});
