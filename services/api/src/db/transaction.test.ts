import type { Socket } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { DIALECTS, emptyDatabase, type TestDatabase } from '../testing/dialects.ts';
import { afterCommit, type Database, type Transaction } from './database.ts';
import { driverOf } from './drivers.ts';
import { UnknownOutcomeError } from './errors.ts';
import { socketOf } from './silence.ts';
import { statement } from './statement.ts';

const inserted = statement<{ id: number }>((db, p) => db('notes').insert({ id: p.id }));

const failure = (promise: Promise<unknown>) =>
  promise.then(
    () => 'no failure',
    (error: unknown) => error,
  );

for (const dialect of DIALECTS) {
  describe(`a transaction on ${dialect}`, () => {
    let test: TestDatabase;
    let db: Database;
    beforeAll(async () => {
      test = await emptyDatabase(dialect);
      db = test.db;
      await db.knex.schema.createTable('notes', (table) => void table.integer('id').primary());
    });
    afterAll(() => test.close());
    beforeEach(() => db.knex('notes').delete());
    const ids = () => db.knex('notes').orderBy('id').pluck('id');

    it('takes statements and whatever knex builds, in their order', async () => {
      const seen = await db.transaction(async (trx) => {
        await inserted.run(trx, { id: 1 });
        await trx('notes').insert({ id: 2 });
        await trx.insert({ id: trx.raw('1 + 2') }).into('notes');
        await trx('notes')
          .where('id', trx.raw('?', [2]))
          .update({ id: 4 });
        expect(await trx.schema.hasTable('notes')).toBe(true);
        return trx.from('notes').orderBy('id').pluck('id');
      });
      expect(seen).toEqual([1, 3, 4]);
      expect(await ids()).toEqual([1, 3, 4]);
    });

    it('is told to those who listen to the pool, and leaves no listener there', async () => {
      const told: string[] = [];
      const listen = ({ sql }: { sql: string }) => void told.push(sql.split(' ')[0]!.toLowerCase());
      db.knex.on('query', listen);
      const before = db.knex.client.listenerCount('query');
      await db.transaction(async (trx) => {
        await inserted.run(trx, { id: 1 });
        await trx('notes').delete();
      });
      await failure(db.transaction(() => Promise.reject(new Error('no'))));
      expect(db.knex.client.listenerCount('query')).toBe(before);
      db.knex.removeListener('query', listen);
      const begin = dialect === 'sqlite' ? 'begin' : 'begin;';
      expect(told).toEqual([begin, 'insert', 'delete', 'commit;', begin, 'rollback']);
    });

    it('leaves the pool what it is', async () => {
      const trx = await db.transaction(async (trx) => trx);
      expect([trx.isTransaction, trx.client.transacting]).toEqual([true, true]);
      expect([db.knex.isTransaction, db.knex.client.transacting]).toEqual([undefined, undefined]);
      expect(trx.client.driverName).toBe(db.knex.client.driverName);
      await trx.destroy();
      expect(await ids()).toEqual([]);
    });

    it('refuses what comes after it, however it was asked', async () => {
      const ended = await db.transaction(async (trx) => trx);
      for (const trx of [ended, await rolledBack(db)]) {
        expect(trx.isCompleted()).toBe(true);
        await expect(inserted.run(trx, { id: 1 })).rejects.toThrow('has ended');
        await expect(trx('notes').insert({ id: 2 })).rejects.toThrow('has ended');
        await expect(trx.raw('select 1')).rejects.toThrow('has ended');
        // Knex needs another package for streams of PostgreSQL.
        if (dialect !== 'postgres')
          await expect(trx('notes').stream().toArray()).rejects.toThrow('has ended');
      }
      expect(await ids()).toEqual([]);
    });

    it('may have savepoints', async () => {
      await db.transaction(async (trx) => {
        await inserted.run(trx, { id: 1 });
        const inner = trx.transaction(async (savepoint) => {
          await inserted.run(savepoint, { id: 2 });
          await savepoint('notes').insert({ id: 3 });
          throw new Error('inner');
        });
        await expect(inner).rejects.toThrow('inner');
        await trx.transaction((savepoint) => inserted.run(savepoint, { id: 4 }));
      });
      expect(await ids()).toEqual([1, 4]);
    });

    it('is rolled back whatever is thrown, and at whatever time', async () => {
      const effects: string[] = [];
      const nothing = db.transaction(async (trx) => {
        await inserted.run(trx, { id: 1 });
        afterCommit(trx, () => void effects.push('never'));
        return Promise.reject();
      });
      expect(await failure(nothing)).toBeUndefined();
      const atOnce = db.transaction(() => {
        throw new RangeError('at once');
      });
      expect(await failure(atOnce)).toBeInstanceOf(RangeError);
      expect([effects, await ids(), db.pool().used]).toEqual([[], [], 0]);
    });

    it.runIf(dialect === 'sqlite' || dialect === 'postgres')(
      'whose COMMIT is refused has changed nothing, and the next one works',
      async () => {
        const reference = 'references notes (id) deferrable initially deferred';
        await db.knex.raw(`create table remarks (id integer primary key, note_id integer ${reference})`);
        const refused = db.transaction(async (trx) => {
          await inserted.run(trx, { id: 1 });
          await trx('remarks').insert({ id: 1, note_id: 7 });
        });
        expect(String(await failure(refused))).toMatch(/COMMIT; - .*foreign key/i);
        await db.transaction((trx) => inserted.run(trx, { id: 2 }));
        expect(await ids()).toEqual([2]);
      },
    );

    it.each([
      ['an unreachable host', { code: 'EHOSTUNREACH', errno: -113, syscall: 'read' }],
      [
        'a broken TLS record',
        { code: 'ERR_SSL_DECRYPTION_FAILED_OR_BAD_RECORD_MAC', message: 'SSL routines' },
      ],
      ['a network that is down', { code: 'ENETDOWN', errno: -100, syscall: 'read' }],
    ])('whose COMMIT meets %s may have happened, and is not run again', async (_what, fields) => {
      const driver = driverOf(db.knex.client.driverName);
      const { command } = driver;
      const sent = vi.spyOn(driver, 'command').mockImplementation(async (connection, sql) => {
        const answer = await command(connection, sql);
        if (sql.startsWith('COMMIT')) throw Object.assign(new Error(), fields);
        return answer;
      });
      const error = await failure(db.transaction((trx) => inserted.run(trx, { id: 1 })));
      const commits = sent.mock.calls.filter(([, sql]) => sql.startsWith('COMMIT'));
      sent.mockRestore();
      expect(error).toBeInstanceOf(UnknownOutcomeError);
      expect(commits).toHaveLength(1);
      expect(await ids()).toEqual([1]);
    });

    it.runIf(dialect !== 'sqlite')('does not wait for ever for its rollback', async () => {
      let socket: Socket | undefined;
      const spoilt = db.transaction(async (trx) => {
        await inserted.run(trx, { id: 1 });
        const connection = await trx.client.acquireConnection();
        socket = socketOf(connection);
        vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
        // A server that says nothing.
        connection.query = () => {};
        throw new TypeError('mine');
      });
      const error = failure(spoilt);
      await vi.waitFor(() => expect(vi.getTimerCount()).toBeGreaterThan(0));
      await vi.advanceTimersByTimeAsync(5000);
      vi.useRealTimers();
      expect(await error).toBeInstanceOf(TypeError);
      // At once, for the locks that the server holds for it.
      expect(socket?.destroyed).toBe(true);
      expect([db.pool().used, await ids()]).toEqual([0, []]);
    });
  });
}

async function rolledBack(db: Database): Promise<Transaction> {
  let kept: Transaction | undefined;
  const failing = db.transaction(async (trx) => {
    kept = trx;
    throw new Error('no');
  });
  await failure(failing);
  return kept!;
}
