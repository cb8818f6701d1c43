import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readConfig } from '../config.ts';
import { createHealth, type Health } from '../health.ts';
import { DIALECTS, emptyDatabase, type TestDatabase } from '../testing/dialects.ts';
import { testEnv } from '../testing/test-app.ts';
import { type Database, openDatabase } from './database.ts';
import { migrateUp } from './migrator.ts';
import { registerDatabaseChecks } from './readiness.ts';

function healthOf(db: Database): Health {
  const health = createHealth(new AbortController().signal);
  registerDatabaseChecks(health, db);
  return health;
}

for (const dialect of DIALECTS) {
  describe(`readiness on ${dialect}`, () => {
    let test: TestDatabase;
    beforeEach(async () => {
      test = await emptyDatabase(dialect);
    });
    afterEach(() => test.close());

    it('needs the schema', async () => {
      const health = healthOf(test.db);
      const behind = await health.readiness();
      expect(behind).toMatchObject({
        status: 'not_ready',
        checks: { database: { reason: expect.stringMatching(/^the schema is behind: 0001-/) } },
      });
      await migrateUp(test.db);
      expect(await health.readiness()).toMatchObject({ status: 'ready' });
    });

    it('says that the pool is exhausted', async () => {
      await migrateUp(test.db);
      const small = openDatabase({ ...test.config, poolSize: 1 });
      const begun = Promise.withResolvers<void>();
      const gate = Promise.withResolvers<void>();
      const holding = small.transaction(() => {
        begun.resolve();
        return gate.promise;
      });
      await begun.promise;
      expect(await healthOf(small).readiness()).toMatchObject({
        status: 'not_ready',
        checks: { database: { reason: expect.stringMatching(/^All 1 connections/) } },
      });
      gate.resolve();
      await holding;
      expect(await healthOf(small).readiness()).toMatchObject({ status: 'ready' });
      await small.close();
    });

    it('is degraded by a disk that was full, until a change is saved', async () => {
      await migrateUp(test.db);
      const health = healthOf(test.db);
      await expect(fillDisk(test.db)).rejects.toThrow();
      expect(await health.readiness()).toMatchObject({
        status: 'degraded',
        checks: { database_writes: { ok: false, reason: expect.stringMatching(/found the disk full/) } },
      });
      await makeRoom(test.db);
      await test.db.transaction((trx) => trx('login_failures').delete());
      expect(await health.readiness()).toMatchObject({ status: 'ready' });
    });
  });
}

it('names what keeps it from connecting', async () => {
  const env = testEnv({ DATABASE_URL: 'postgres://me:geheim@127.0.0.1:1/nowhere', DB_TYPE: 'postgres' });
  const db = openDatabase(readConfig(env).database);
  const { status, checks } = await healthOf(db).readiness();
  expect(status).toBe('not_ready');
  const reason = 'The database does not accept connections. (ECONNREFUSED)';
  expect(checks.database).toEqual({ ok: false, reason });
  await db.close();
});

/** SQLite for real; the servers say what they say then. (A disk that is full: tests/integration.) */
async function fillDisk({ type, knex }: Database): Promise<void> {
  if (type === 'sqlite') {
    await knex.raw('pragma max_page_count = 1');
    const rows = Array.from({ length: 100 }, (_, i) => ({
      throttle_key: `${i}`.padEnd(90, '.'),
      failures: 1,
      window_ends_at: 1,
    }));
    await knex('login_failures').insert(rows);
  } else if (type === 'postgres')
    await knex.raw("do $$ begin raise exception 'could not extend file' using errcode = '53100'; end $$");
  else await knex.raw("signal sqlstate 'HY000' set mysql_errno = 1021, message_text = 'Disk full'");
}

async function makeRoom({ type, knex }: Database): Promise<void> {
  if (type === 'sqlite') await knex.raw('pragma max_page_count = 100000');
}
