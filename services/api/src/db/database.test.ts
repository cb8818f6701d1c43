import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DIALECTS, emptyDatabase, type TestDatabase } from '../testing/dialects.ts';
import { afterCommit, type Database, openDatabase, type Queryable, type Transaction } from './database.ts';
import { UnknownOutcomeError, unavailability } from './errors.ts';
import { socketOf } from './silence.ts';

const failure = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );

for (const dialect of DIALECTS) {
  const isServer = dialect !== 'sqlite';
  describe(`a database on ${dialect}`, () => {
    let test: TestDatabase;
    let db: Database;
    beforeEach(async () => {
      test = await emptyDatabase(dialect);
      db = test.db;
      await db.knex.schema.createTable('notes', (table) => void table.integer('id').primary());
    });
    afterEach(() => test.close());
    const insert = (queryable: Queryable, id: number) => queryable('notes').insert({ id });
    const ids = () => db.knex('notes').orderBy('id').pluck('id');

    describe('afterCommit', () => {
      it('runs effects in order, with the change visible, before the transaction resolves', async () => {
        const seen: unknown[] = [];
        await db.transaction(async (trx) => {
          await insert(trx, 1);
          afterCommit(trx, async () => void seen.push(await ids()));
          afterCommit(trx, () => void seen.push('second'));
          expect(seen).toEqual([]);
        });
        expect(seen).toEqual([[1], 'second']);
      });

      it('runs nothing after a rollback, and once when the transaction is run again', async () => {
        const seen: string[] = [];
        await failure(
          db.transaction(async (trx) => {
            afterCommit(trx, () => void seen.push('never'));
            throw new Error('no');
          }),
        );
        let attempts = 0;
        await db.transaction(async (trx) => {
          attempts += 1;
          afterCommit(trx, () => void seen.push(`attempt ${attempts}`));
          if (attempts === 1) throw Object.assign(new Error('deadlock'), { code: '40P01' });
        });
        expect(seen).toEqual(['attempt 2']);
        expect(db.statistics().retries).toBe(1);
      });

      it('does not run the transaction again when an effect fails', async () => {
        let attempts = 0;
        const error = await failure(
          db.transaction(async (trx) => {
            attempts += 1;
            await insert(trx, 1);
            afterCommit(trx, () => {
              throw Object.assign(new Error('elsewhere'), { code: 'ECONNRESET' });
            });
          }),
        );
        expect(error).toMatchObject({ message: 'elsewhere' });
        expect({ attempts, ids: await ids() }).toEqual({ attempts: 1, ids: [1] });
      });
    });

    it('throws what the work threw, also when the rollback fails', async () => {
      const error = await failure(
        db.transaction(async (trx) => {
          await insert(trx, 1);
          await cut(trx);
          throw new TypeError('mine');
        }),
      );
      expect(error).toBeInstanceOf(TypeError);
      expect(await ids()).toEqual([]);
    });

    it('tells a pool that is exhausted', async () => {
      const small = openDatabase({ ...test.config, poolSize: 1, acquireTimeoutMs: 2000 });
      const gate = Promise.withResolvers<void>();
      const begun = Promise.withResolvers<void>();
      const holding = small.transaction(() => {
        begun.resolve();
        return gate.promise;
      });
      await begun.promise;
      const error = await failure(small.knex.raw('select 1'));
      gate.resolve();
      await holding;
      expect(unavailability(error)?.reason).toBe('pool_exhausted');
      expect(small.statistics().unavailable.get('pool_exhausted')).toBe(1);
      await small.knex.raw('select 1');
      await small.close();
    });

    if (!isServer) return;

    it('runs a transaction again whose connection was lost before COMMIT', async () => {
      let attempts = 0;
      await db.transaction(async (trx) => {
        attempts += 1;
        await insert(trx, attempts);
        if (attempts === 1) await killed(db, trx);
        await insert(trx, 10);
      });
      expect(await ids()).toEqual([2, 10]);
      expect(db.health().primary).toBeNull();
    });

    it('does not run it again when COMMIT was sent and not answered', async () => {
      let attempts = 0;
      const error = await failure(
        db.transaction(async (trx) => {
          attempts += 1;
          await insert(trx, attempts);
          await cut(trx);
        }),
      );
      expect(error).toBeInstanceOf(UnknownOutcomeError);
      expect(unavailability(error)?.sentence).toMatch(/may or may not have happened/);
      expect(attempts).toBe(1);
      expect(db.health().primary?.reason).toBe('connection_lost');
      await db.transaction((trx) => insert(trx, 5));
      expect(db.health().primary).toBeNull();
    });

    it('ends a statement that runs too long', async () => {
      const hurried = openDatabase({ ...test.config, statementTimeoutMs: 200 });
      const error = await failure(hurried.knex.raw(slow(dialect)));
      expect(unavailability(error)?.reason).toBe('timeout');
      await hurried.knex.raw('select 1');
      await hurried.close();
    });

    it('has the same settings on every connection, whatever the server says', async () => {
      const { rows, isolation, zone } = await settings(db);
      expect(isolation).toMatch(/read.committed/i);
      expect(zone).toMatch(/^(UTC|\+00:00)$/);
      expect(rows).toMatchObject(
        dialect === 'postgres'
          ? { lock_timeout: '5s' }
          : { innodb_lock_wait_timeout: '5', lock_wait_timeout: '5' },
      );
      if (dialect !== 'postgres') {
        await db.knex.schema.createTable('short', (table) => void table.string('text', 2));
        await expect(db.knex('short').insert({ text: 'abc' })).rejects.toThrow();
      }
    });

    it('gives a connection whose server refuses writes away', async () => {
      const before = await connectionId(db.knex);
      const refused = Object.assign(new Error('read only'), refusal(dialect));
      await failure(db.transaction(() => Promise.reject(refused)));
      await failure(db.transaction((trx) => trx.raw(raise(dialect))));
      expect(db.health().readOnlyAt).not.toBeNull();
      expect(await connectionId(db.knex)).not.toBe(before);
      await db.transaction((trx) => insert(trx, 1));
      expect(db.health().readOnlyAt).toBeNull();
    });
  });
}

it.runIf(DIALECTS.includes('postgres'))('a swallowed error is no silent rollback on postgres', async () => {
  const { db, close } = await emptyDatabase('postgres');
  const error = await failure(db.transaction(async (trx) => void (await failure(trx.raw('select nothing')))));
  expect(String(error)).toMatch(/Nothing was saved/);
  await db.knex.raw('select 1');
  await close();
});

/** Cuts the cable of this transaction; SQLite has none. */
async function cut(trx: Transaction): Promise<void> {
  socketOf(await trx.client.acquireConnection())?.destroy();
}

async function connectionId(queryable: Queryable): Promise<number> {
  const postgres = queryable.client.driverName === 'pg';
  const answer = await queryable.raw(`select ${postgres ? 'pg_backend_pid()' : 'connection_id()'} as id`);
  return Number((postgres ? answer.rows : answer[0])[0].id);
}

/** The server ends the connection of this transaction. */
async function killed(db: Database, trx: Transaction): Promise<void> {
  const id = await connectionId(trx);
  await db.knex.raw(db.type === 'postgres' ? `select pg_terminate_backend(${id})` : `kill ${id}`);
}

function slow(dialect: string): string {
  if (dialect === 'postgres') return 'select pg_sleep(20)';
  // MySQL's sleep() returns early and without an error.
  if (dialect === 'mariadb') return 'select sleep(20)';
  return 'with recursive n (i) as (select 1 union all select i + 1 from n where i < 1000) select count(*) from n a, n b, n c, n d';
}

const refusal = (dialect: string) =>
  dialect === 'postgres' ? { code: '25006' } : { code: 'X', errno: 1290 };

/** A statement that a server in read-only mode refuses, on one that is not. */
function raise(dialect: string): string {
  if (dialect === 'postgres')
    return "do $$ begin raise exception 'read-only' using errcode = '25006'; end $$";
  return "signal sqlstate 'HY000' set mysql_errno = 1290, message_text = 'read-only'";
}

async function settings({ knex, type }: Database) {
  if (type === 'postgres') {
    const { rows } = await knex.raw('select name, setting, unit from pg_settings');
    const of = (name: string) => rows.find((row: { name: string }) => row.name === name)?.setting;
    const lock_timeout = `${Number(of('lock_timeout')) / 1000}s`;
    return { rows: { lock_timeout }, isolation: of('default_transaction_isolation'), zone: of('TimeZone') };
  }
  const [found] = await knex.raw('show session variables');
  const rows = Object.fromEntries(
    found.map((row: Record<string, string>) => [row.Variable_name, row.Value]),
  ) as Record<string, string>;
  return { rows, isolation: rows.transaction_isolation ?? rows.tx_isolation, zone: rows.time_zone };
}
