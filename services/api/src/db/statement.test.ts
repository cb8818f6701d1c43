import { inspect } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DIALECTS, emptyDatabase, type TestDatabase } from '../testing/dialects.ts';
import { openDatabase } from './database.ts';
import { isRetryable, isUniqueViolation, unavailability } from './errors.ts';
import { socketOf } from './silence.ts';
import { assign, count, statement, statements } from './statement.ts';

interface Sample {
  id: string;
  name: string | null;
  at: number;
  small: number;
  flag: boolean;
}

const COLUMNS = ['id', 'name', 'at', 'small', 'flag'] as const;
const SAMPLE: Sample = { id: 'a', name: 'Ada 🦊 ?', at: 1_795_308_886_123, small: 7, flag: true };

const insert = statement<Sample>((db, p) => db('samples').insert(assign(p, COLUMNS)));
const byId = statement<{ id: string }>((db, p) => db('samples').where({ id: p.id }).select(COLUMNS));
const ids = statement<{ from: string; most: number; skip: number }>((db, p) =>
  db('samples')
    .where('id', '>=', p.from)
    .orderBy('id')
    .limit(count(p.most))
    .offset(count(p.skip))
    .select('id'),
);
const flagged = statement<{ least: number }>((db, p) =>
  db('samples').where({ flag: true }).where('at', '>=', p.least).orderBy('id').select('id'),
);
const setName = statement<{ id: string; name: string | null }>((db, p) =>
  db('samples').where({ id: p.id }).update({ name: p.name }),
);
const addOne = statement<{ id: string; by: number }>((db, p) =>
  db('samples')
    .where({ id: p.id })
    .update({ at: db.raw('?? + ?', ['at', p.by]) }),
);
const remove = statement<{ id: string }>((db, p) => db('samples').where({ id: p.id }).delete());
const everything = statement<{ id: string }>((db, p) => db('samples').where({ id: p.id }).select('*'));

for (const dialect of DIALECTS) {
  describe(`a statement on ${dialect}`, () => {
    let test: TestDatabase;
    const queries: string[] = [];
    beforeAll(async () => {
      test = await emptyDatabase(dialect);
      test.db.knex.on('query', ({ sql }) => queries.push(sql));
      await test.db.knex.schema.createTable('samples', (table) => {
        table.string('id', 36).primary();
        table.string('name', 100).unique({ indexName: 'samples_name' });
        table.bigInteger('at').notNullable();
        table.integer('small').notNullable();
        table.boolean('flag').notNullable();
      });
    });
    afterAll(() => test.close());
    beforeEach(async () => {
      await test.db.knex('samples').delete();
      queries.length = 0;
    });

    it('stores and reads what knex would', async () => {
      const { knex } = test.db;
      expect(await insert.run(knex, SAMPLE)).toBe(1);
      const row = await byId.first<Sample>(knex, { id: 'a' });
      expect(row).toEqual(await knex('samples').where({ id: 'a' }).first());
      expect({ ...row, flag: Boolean(row?.flag) }).toEqual(SAMPLE);
      expect(await byId.all(knex, { id: 'a' })).toEqual([row]);
      expect(await byId.first(knex, { id: 'nobody' })).toBeUndefined();
      expect(queries).toHaveLength(5);
    });

    it('shares the few connections of its pool with many, whatever becomes of each', async () => {
      const small = openDatabase({ ...test.config, poolSize: 2 });
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, number) =>
          number % 4 === 3
            ? byId.first<Sample>(small.knex, { id: 'a1' })
            : insert
                .run(small.knex, { ...SAMPLE, id: `a${number % 4}`, name: `name ${number % 4}` })
                .catch((error: unknown) => isUniqueViolation(error) && 'doubled'),
        ),
      );
      expect(answers.filter((answer) => answer === 1)).toHaveLength(3);
      expect(answers.filter((answer) => answer === 'doubled')).toHaveLength(12);
      expect(small.pool()).toMatchObject({ used: 0, waiting: 0 });
      expect(small.pool().free).toBeLessThanOrEqual(2);
      await small.close();
      expect(small.pool()).toEqual({ used: 0, free: 0, waiting: 0 });
      await expect(byId.first(small.knex, { id: 'a1' })).rejects.toThrow('Unable to acquire a connection');
    });

    it('is told when the pool is exhausted', async () => {
      const small = openDatabase({ ...test.config, poolSize: 1, acquireTimeoutMs: 2000 });
      const error = await small.transaction(() =>
        byId.first(small.knex, { id: 'a' }).catch((reason: unknown) => reason),
      );
      expect(unavailability(error)?.reason).toBe('pool_exhausted');
      expect(small.statistics().unavailable.get('pool_exhausted')).toBe(1);
      await small.close();
    });

    it('does not show the password of its connection', async () => {
      const connection = await test.db.knex.client.acquireConnection();
      const shown = inspect(connection, { depth: 6 });
      test.db.knex.client.releaseConnection(connection);
      const { password } = new URL(test.env.DATABASE_URL!);
      expect(shown).toMatch(/[a-z]/i);
      if (password !== '') expect(shown).not.toContain(password);
    });

    it('tells how many rows matched, also where nothing changed', async () => {
      const { knex } = test.db;
      await insert.run(knex, SAMPLE);
      expect(await setName.run(knex, { id: 'a', name: 'b' })).toBe(1);
      expect(await setName.run(knex, { id: 'a', name: 'b' })).toBe(1);
      expect(await setName.run(knex, { id: 'a', name: null })).toBe(1);
      expect(await addOne.run(knex, { id: 'a', by: 2 ** 40 })).toBe(1);
      expect(await byId.first(knex, { id: 'a' })).toMatchObject({ name: null, at: SAMPLE.at + 2 ** 40 });
      expect(await setName.run(knex, { id: 'nobody', name: 'c' })).toBe(0);
      expect(await remove.run(knex, { id: 'a' })).toBe(1);
      expect(await remove.run(knex, { id: 'a' })).toBe(0);
    });

    it('takes limits, offsets and constants', async () => {
      const { knex } = test.db;
      for (const id of ['a', 'b', 'c', 'd'])
        await insert.run(knex, { ...SAMPLE, id, name: id, flag: id !== 'c' });
      expect(await ids.all(knex, { from: 'b', most: 2, skip: 1 })).toEqual([{ id: 'c' }, { id: 'd' }]);
      expect(await ids.all(knex, { from: 'a', most: 1, skip: 0 })).toEqual([{ id: 'a' }]);
      expect(await flagged.all(knex, { least: SAMPLE.at })).toEqual([{ id: 'a' }, { id: 'b' }, { id: 'd' }]);
      expect(await flagged.all(knex, { least: SAMPLE.at + 1 })).toEqual([]);
    });

    it('runs in a transaction and not after it', async () => {
      const { db } = test;
      const failing = db.transaction(async (trx) => {
        await insert.run(trx, SAMPLE);
        expect(await byId.first(trx, { id: 'a' })).toBeDefined();
        throw new Error('no');
      });
      await expect(failing).rejects.toThrow('no');
      expect(await byId.first(db.knex, { id: 'a' })).toBeUndefined();
      const ended = await db.transaction(async (trx) => trx);
      await expect(insert.run(ended, SAMPLE)).rejects.toThrow('has ended');
      expect(db.pool().used).toBe(0);
    });

    it('gives the error its code and keeps the values to itself', async () => {
      const { knex } = test.db;
      await insert.run(knex, { ...SAMPLE, name: 'very-secret' });
      const error: unknown = await insert
        .run(knex, { ...SAMPLE, id: 'b', name: 'very-secret' })
        .catch((reason: unknown) => reason);
      expect(isUniqueViolation(error)).toBe(true);
      expect((error as Error).message).toMatch(/^insert into .samples/);
      expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain('very-secret');
    });

    it('refuses a value that is missing, by its name', async () => {
      const incomplete = { id: 'a' } as { id: string; name: string };
      await expect(setName.run(test.db.knex, incomplete)).rejects.toThrow('no value for "name"');
    });

    it('builds each shape once', async () => {
      const { knex } = test.db;
      let built = 0;
      const update = statements<Partial<Sample> & { id: string }>((shape) =>
        statement((db, p) => {
          built++;
          const columns = shape.split(',') as ('small' | 'flag')[];
          return db('samples')
            .where({ id: p.id })
            .update(assign(p as Required<typeof p>, columns));
        }),
      );
      await insert.run(knex, SAMPLE);
      await update('small').run(knex, { id: 'a', small: 1 });
      await update('small').run(knex, { id: 'a', small: 2 });
      await update('small,flag').run(knex, { id: 'a', small: 3, flag: false });
      expect(built).toBe(2);
      const row = await byId.first<Sample>(knex, { id: 'a' });
      expect([row?.small, Boolean(row?.flag)]).toEqual([3, false]);
    });

    it('goes on after a change of the table', async () => {
      const { db } = test;
      await insert.run(db.knex, SAMPLE);
      const before = await everything.first<object>(db.knex, { id: 'a' });
      await db.knex.schema.alterTable('samples', (table) => void table.integer('late'));
      expect(await everything.first(db.knex, { id: 'a' })).toEqual({ ...before, late: null });
      // PostgreSQL ends the transaction in which it finds a stale plan: it runs again as a whole.
      await db.transaction((trx) => everything.first(trx, { id: 'a' }));
      await db.knex.schema.alterTable('samples', (table) => void table.dropColumn('late'));
      const row = await db.transaction(async (trx) => {
        await setName.run(trx, { id: 'a', name: 'once' });
        return everything.first(trx, { id: 'a' });
      });
      expect(row).toEqual({ ...before, name: 'once' });
    });

    if (dialect !== 'sqlite')
      it('survives that the server forgets what was prepared', async () => {
        const { knex } = test.db;
        await insert.run(knex, SAMPLE);
        await byId.first(knex, { id: 'a' });
        await forgetPrepared(test);
        expect(await byId.first<Sample>(knex, { id: 'a' })).toMatchObject({ id: 'a' });
        expect(await byId.first<Sample>(knex, { id: 'a' })).toMatchObject({ id: 'a' });
      });

    if (dialect !== 'sqlite')
      it('fails once when its connection is lost while it is prepared', async () => {
        const { knex } = test.db;
        const connection = await knex.client.acquireConnection();
        knex.client.releaseConnection(connection);
        const failures: unknown[] = [];
        const onFailure = (error: unknown) => failures.push(error);
        knex.on('query-error', onFailure);
        const unknown = statement<{ id: string }>((db, p) => db('samples').where({ id: p.id }).select('at'));
        const answer = unknown.first(knex, { id: 'a' }).catch((error: unknown) => error);
        socketOf(connection)!.destroy(Object.assign(new Error('cut'), { code: 'ECONNRESET' }));
        const error = await answer;
        knex.off('query-error', onFailure);
        expect(unavailability(error)?.reason).toBe('connection_lost');
        expect(failures).toEqual([error]);
        expect(await unknown.first(knex, { id: 'none' })).toBeUndefined();
      });

    if (dialect !== 'sqlite')
      it('fails as unavailable when its connection is killed, and the pool makes another', async () => {
        const { knex } = test.db;
        await insert.run(knex, SAMPLE);
        // The transaction is lost with its connection and runs again on a new one, which is killed as well.
        const error: unknown = await test.db
          .transaction(async (trx) => {
            await byId.first(trx, { id: 'a' });
            await killConnection(test, await connectionId(test, trx));
            return byId.first(trx, { id: 'a' });
          })
          .catch((reason: unknown) => reason);
        expect(unavailability(error)?.reason).toBe('connection_lost');
        expect(await byId.first(knex, { id: 'a' })).toMatchObject({ id: 'a' });
      });
  });
}

async function forgetPrepared({ db }: TestDatabase): Promise<void> {
  if (db.type === 'postgres') return void (await db.knex.raw('deallocate all'));
  const connection = await db.knex.client.acquireConnection();
  for (const prepared of connection._statements.values()) prepared.close();
  db.knex.client.releaseConnection(connection);
}

async function connectionId({ db }: TestDatabase, trx: TestDatabase['db']['knex']): Promise<number> {
  if (db.type === 'postgres') return (await trx.raw('select pg_backend_pid() as id')).rows[0].id;
  return (await trx.raw('select connection_id() as id'))[0][0].id;
}

async function killConnection({ db }: TestDatabase, id: number): Promise<void> {
  await db.knex.raw(db.type === 'postgres' ? 'select pg_terminate_backend(?)' : 'kill ?', [id]);
}

it('counts a stale plan as reason to run the transaction again', () => {
  expect(isRetryable({ code: '26000' })).toBe(true);
  expect(isRetryable({ code: '0A000', routine: 'RevalidateCachedQuery' })).toBe(true);
  expect(isRetryable({ code: '0A000', routine: 'transformLockingClause' })).toBe(false);
});
