import { describe, expect, it } from 'vitest';
import type { Transaction } from '../db/database.ts';
import { findUser, insertUser, lockUser, updateUser } from '../users/users.repository.ts';
import { onEachDatabase, type Subject } from './each-database.ts';
import { userRow } from './samples.ts';

async function twoUsers(subject: Subject): Promise<[string, string]> {
  const users = [userRow({ updated_at: 0 }), userRow({ updated_at: 0 })];
  await subject.db.transaction(async (trx) => {
    for (const user of users) await insertUser(trx, user);
  });
  return [users[0]!.id, users[1]!.id];
}

async function countUp(trx: Transaction, id: string): Promise<void> {
  const user = (await lockUser(trx, id))!;
  await updateUser(trx, id, { updated_at: user.updated_at + 1 });
}

/** Resolves when `parties` have arrived; those that come later do not wait. */
function meeting(parties: number): () => Promise<void> {
  const all = Promise.withResolvers<void>();
  let arrived = 0;
  return () => {
    arrived += 1;
    if (arrived === parties) all.resolve();
    return all.promise;
  };
}

const SHORTEST_LOCK_WAIT = {
  postgres: ["set local lock_timeout = '100ms'"],
  mysql: ['set session innodb_lock_wait_timeout = 1'],
  mariadb: ['set session innodb_lock_wait_timeout = 1'],
};

onEachDatabase("transactions in each other's way", (subject) => {
  describe('two that lock two rows crosswise', () => {
    it('both happen, once each: a deadlock is broken and its victim runs again', async () => {
      const [a, b] = await twoUsers(subject);
      // SQLite lets the second begin only when the first has ended: they cannot meet, nor deadlock.
      const meet = meeting(subject.dialect === 'sqlite' ? 1 : 2);
      let attempts = 0;
      const crosswise = (first: string, second: string) =>
        subject.db.transaction(async (trx) => {
          attempts += 1;
          await countUp(trx, first);
          await meet();
          await countUp(trx, second);
        });
      await Promise.all([crosswise(a, b), crosswise(b, a)]);
      expect(attempts).toBe(subject.dialect === 'sqlite' ? 2 : 3);
      const counts = [await findUser(subject.db.knex, a), await findUser(subject.db.knex, b)];
      expect(counts.map((user) => user?.updated_at)).toEqual([2, 2]);
    });

    it('so do four at once', async () => {
      const [a, b] = await twoUsers(subject);
      const crosswise = (n: number) =>
        subject.db.transaction(async (trx) => {
          for (const id of n % 2 === 0 ? [a, b] : [b, a]) await countUp(trx, id);
        });
      await Promise.all([0, 1, 2, 3].map(crosswise));
      expect((await findUser(subject.db.knex, a))?.updated_at).toBe(4);
      expect((await findUser(subject.db.knex, b))?.updated_at).toBe(4);
    });
  });

  const server = subject.dialect;
  // SQLite's other transactions wait for the connection here; other processes: see sqlite-processes.test.ts.
  if (server !== 'sqlite')
    describe('one that waits for a lock for too long', () => {
      it('gives up waiting, and runs again as a whole', async () => {
        const settings = SHORTEST_LOCK_WAIT[server];
        const [id] = await twoUsers(subject);
        const locked = Promise.withResolvers<void>();
        const release = Promise.withResolvers<void>();
        const holder = subject.db.transaction(async (trx) => {
          await countUp(trx, id);
          locked.resolve();
          await release.promise;
        });
        await locked.promise;
        let attempts = 0;
        // A pool of its own: in MySQL the setting stays with the connection.
        await subject.database.db.transaction(async (trx) => {
          attempts += 1;
          for (const sql of settings) await trx.raw(sql);
          if (attempts === 2) {
            release.resolve();
            await holder;
          }
          await countUp(trx, id);
        });
        expect(attempts).toBe(2);
        expect((await findUser(subject.db.knex, id))?.updated_at).toBe(2);
      });
    });

  describe('one that cannot be serialized', () => {
    // Only PostgreSQL reports one, in a transaction that asks for it.
    if (server === 'postgres')
      it('runs again, on fresh data', async () => {
        const [a, b] = await twoUsers(subject);
        const meet = meeting(2);
        let attempts = 0;
        // Each may change its own row only while the other's is unchanged: in some order, one of them sees the other.
        const change = (own: string, other: string) =>
          subject.db.transaction(async (trx) => {
            attempts += 1;
            await trx.raw('set transaction isolation level serializable');
            const seen = (await findUser(trx, other))!.updated_at;
            await meet();
            if (seen === 0) await updateUser(trx, own, { updated_at: 1 });
          });
        await Promise.all([change(a, b), change(b, a)]);
        expect(attempts).toBe(3);
        const users = [await findUser(subject.db.knex, a), await findUser(subject.db.knex, b)];
        expect(users.map((user) => user!.updated_at).sort()).toEqual([0, 1]);
      });

    it('each time ends with the error itself, and nothing has happened', async () => {
      const [a] = await twoUsers(subject);
      const failure = Object.assign(new Error('Deadlock found'), { code: '40P01', errno: 1213 });
      let attempts = 0;
      const failing = subject.db.transaction(async (trx) => {
        attempts += 1;
        await updateUser(trx, a, { updated_at: 7 });
        throw failure;
      });
      await expect(failing).rejects.toBe(failure);
      expect(attempts).toBeGreaterThan(2);
      expect((await findUser(subject.db.knex, a))?.updated_at).toBe(0);
    });
  });
});
