import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DIALECTS, emptyDatabase, type TestDatabase } from '../testing/dialects.ts';
import { openDatabase } from './database.ts';
import { keyText } from './dialect.ts';
import { isUniqueViolation } from './errors.ts';
import { MIGRATIONS } from './migrations/index.ts';
import { migrateDown, migrateUp, pendingMigrations } from './migrator.ts';

/** What the rest of the code takes for granted, on every database. */
for (const dialect of DIALECTS) {
  describe(`on ${dialect}`, () => {
    let test: TestDatabase;
    beforeEach(async () => {
      test = await emptyDatabase(dialect);
    });
    afterEach(() => test.close());

    it('migrates up, down and up again', async () => {
      const { db } = test;
      expect(await pendingMigrations(db)).toEqual(Object.keys(MIGRATIONS));
      await migrateUp(db);
      expect(await pendingMigrations(db)).toEqual([]);
      await migrateDown(db, Object.keys(MIGRATIONS).length);
      expect(await db.knex.schema.hasTable('users')).toBe(false);
      await migrateUp(db);
      expect(await pendingMigrations(db)).toEqual([]);
    });

    it('migrates once when several migrators start together', async () => {
      const others = [openDatabase(test.config), openDatabase(test.config)];
      const steps: string[] = [];
      try {
        // One process: SQLite's second connection would block the event loop while it waits, so one after another.
        if (dialect === 'sqlite')
          for (const db of [test.db, ...others]) await migrateUp(db, { step: (name) => steps.push(name) });
        else
          await Promise.all(
            [test.db, ...others].map((db) => migrateUp(db, { step: (name) => steps.push(name) })),
          );
      } finally {
        await Promise.all(others.map((db) => db.close()));
      }
      expect(steps).toEqual(Object.keys(MIGRATIONS));
    });

    it('compares key text by code point and keeps 64-bit numbers and booleans', async () => {
      const { knex } = test.db;
      await knex.schema.createTable('samples', (table) => {
        keyText(table, 'id', 50, knex.client.driverName).primary();
        table.bigInteger('at').notNullable();
        table.boolean('flag').notNullable();
      });
      const ids = ['a', 'B', 'b', 'é', 'e', 'z', 'Z'];
      await knex('samples').insert(ids.map((id) => ({ id, at: 1_795_308_886_123, flag: true })));
      const rows = await knex('samples').orderBy('id').select('*');
      expect(rows.map(({ id }) => id)).toEqual([...ids].sort());
      expect(rows[0].at).toBe(1_795_308_886_123);
      expect(Boolean(rows[0].flag)).toBe(true);
      expect(await knex('samples').where({ flag: true }).update({ at: 5 })).toBe(ids.length);
      // "Affected" means matched, also when nothing changes.
      expect(await knex('samples').where({ flag: true }).update({ at: 5 })).toBe(ids.length);
    });

    it('tells a doubled key', async () => {
      const { knex } = test.db;
      await knex.schema.createTable('samples', (table) => void table.string('id', 10).primary());
      await knex('samples').insert({ id: 'a' });
      const error = await knex('samples')
        .insert({ id: 'a' })
        .catch((reason: unknown) => reason);
      expect(isUniqueViolation(error)).toBe(true);
    });

    it('rolls a failed transaction back', async () => {
      await migrateUp(test.db);
      const failing = test.db.transaction(async (trx) => {
        await trx('login_failures').insert({ throttle_key: 'x', failures: 1, window_ends_at: 1 });
        throw new Error('no');
      });
      await expect(failing).rejects.toThrow('no');
      expect(await test.db.knex('login_failures').pluck('throttle_key')).toEqual([]);
    });

    it('keeps values out of error messages', async () => {
      const error = await test.db
        .knex('nothing')
        .where({ password_hash: 'very-secret' })
        .catch((reason: Error) => reason);
      expect(error).toBeInstanceOf(Error);
      expect(String(error)).not.toContain('very-secret');
    });
  });
}
