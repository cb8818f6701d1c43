import type { Knex } from 'knex';
import type { Database, Queryable, Transaction } from './database.ts';
import { lockMigrations, unlockMigrations } from './dialect.ts';
import { MIGRATIONS } from './migrations/index.ts';

const TABLE = 'schema_migrations';

type MigrationStep = (name: string, direction: 'up' | 'down') => void;

/**
 * Applies what is missing, in one transaction and under a lock, so that any number of migrators may start at once.
 * (MySQL commits at every DDL statement: there an interrupted migration needs a look by a person.)
 */
export async function migrateUp(db: Database, onStep: MigrationStep = () => {}): Promise<void> {
  await underLock(db, async (trx) => {
    for (const name of await pending(trx)) {
      onStep(name, 'up');
      await MIGRATIONS[name]!.up(trx);
      await trx(TABLE).insert({ name, applied_at: Date.now() });
    }
  });
}

/** Takes back the newest `steps` migrations. */
export async function migrateDown(
  db: Database,
  steps: number,
  onStep: MigrationStep = () => {},
): Promise<void> {
  await underLock(db, async (trx) => {
    const newestFirst = (await applied(trx)).sort().reverse();
    for (const name of newestFirst.slice(0, steps)) {
      const migration = MIGRATIONS[name];
      if (!migration) throw new Error(`The database has migration ${name}, which this version does not know`);
      onStep(name, 'down');
      await migration.down(trx);
      await trx(TABLE).where({ name }).delete();
    }
  });
}

/** Names that this code needs and the database has not. A database that is ahead is fine (rolling update). */
export async function pendingMigrations(db: Database): Promise<string[]> {
  if (!(await db.knex.schema.hasTable(TABLE))) return Object.keys(MIGRATIONS);
  return pending(db.knex);
}

async function underLock(db: Database, work: (trx: Transaction) => Promise<void>): Promise<void> {
  await db.knex.transaction(async (trx) => {
    await lockMigrations(db.type, trx);
    try {
      await createTable(trx);
      await work(trx);
    } finally {
      await unlockMigrations(db.type, trx);
    }
  });
}

async function createTable(knex: Knex): Promise<void> {
  if (await knex.schema.hasTable(TABLE)) return;
  await knex.schema.createTable(TABLE, (table) => {
    table.string('name', 100).primary();
    table.bigInteger('applied_at').notNullable();
  });
}

async function applied(db: Queryable): Promise<string[]> {
  return db(TABLE).pluck('name');
}

async function pending(db: Queryable): Promise<string[]> {
  const done = new Set(await applied(db));
  return Object.keys(MIGRATIONS).filter((name) => !done.has(name));
}
