import type { Knex } from 'knex';
import type { Database, Queryable, Transaction } from './database.ts';
import { underMigrationLock } from './migration-lock.ts';
import { MIGRATIONS } from './migrations/index.ts';

const TABLE = 'schema_migrations';

export interface MigrationEvents {
  step?(name: string, direction: 'up' | 'down'): void;
  /** An earlier migrator did not finish this one: what is there of it is taken back first. */
  unfinished?(name: string): void;
  /** Another migrator is at work. */
  wait?(): void;
}

/**
 * Applies what is missing under a lock, so that any number of migrators may start at once. PostgreSQL and SQLite do all
 * of it in one transaction. MySQL and MariaDB commit at every DDL statement, so there a migration is noted as begun
 * before it is run; the next migrator finds the note, takes back what is there and begins again.
 * Answers what the database has and this version does not know.
 */
export async function migrateUp(db: Database, events: MigrationEvents = {}): Promise<{ newer: string[] }> {
  return underLock(db, events, async (trx) => {
    const states = await readStates(trx);
    const newer = unknown(states);
    const missing = Object.keys(MIGRATIONS).filter((name) => states.get(name) !== 'applied');
    if (newer.length > 0 && missing.length > 0) throw newerSchema(newer);
    for (const name of missing) await apply(trx, name, states.get(name) === 'begun', events);
    return { newer };
  });
}

async function apply(
  trx: Transaction,
  name: string,
  unfinished: boolean,
  events: MigrationEvents,
): Promise<void> {
  if (unfinished) {
    events.unfinished?.(name);
    await MIGRATIONS[name]!.down(trx);
  } else await trx(TABLE).insert({ name, applied_at: BEGUN });
  events.step?.(name, 'up');
  await MIGRATIONS[name]!.up(trx);
  await trx(TABLE).where({ name }).update({ applied_at: Date.now() });
}

/** Takes back the newest `steps` migrations, also those that were not finished. */
export async function migrateDown(db: Database, steps: number, events: MigrationEvents = {}): Promise<void> {
  // slice(0, -1) would drop everything but the first, and slice(0, NaN) nothing, in silence.
  if (!Number.isInteger(steps) || steps < 0)
    throw new RangeError('Say how many migrations to take back: a whole number');
  await underLock(db, events, async (trx) => {
    const states = await readStates(trx);
    const newestFirst = [...states.keys()].sort().reverse().slice(0, steps);
    const newer = newestFirst.filter((name) => !MIGRATIONS[name]);
    if (newer.length > 0) throw newerSchema(newer);
    for (const name of newestFirst) {
      events.step?.(name, 'down');
      await trx(TABLE).where({ name }).update({ applied_at: BEGUN });
      await MIGRATIONS[name]!.down(trx);
      await trx(TABLE).where({ name }).delete();
    }
  });
}

/** Names that this code needs and the database has not. A database that is ahead is fine (rolling update). */
export async function pendingMigrations(db: Database): Promise<string[]> {
  if (!(await db.knex.schema.hasTable(TABLE))) return Object.keys(MIGRATIONS);
  const states = await readStates(db.knex);
  return Object.keys(MIGRATIONS).filter((name) => states.get(name) !== 'applied');
}

/** What the database was given by a release newer than this one. */
export class NewerSchemaError extends Error {
  override readonly name = 'NewerSchemaError';
}

function newerSchema(names: readonly string[]): NewerSchemaError {
  return new NewerSchemaError(
    `The database has been migrated by a newer release (${names.join(', ')}): this one does not know what that did. ` +
      'Migrate with the newer release, or take its migrations back with it first (node src/migrate.ts down).',
  );
}

function underLock<T>(
  db: Database,
  { wait = () => {} }: MigrationEvents,
  work: (trx: Transaction) => Promise<T>,
): Promise<T> {
  return underMigrationLock(db, wait, async (trx) => {
    await createTable(trx);
    return work(trx);
  });
}

async function createTable(knex: Knex): Promise<void> {
  if (await knex.schema.hasTable(TABLE)) return;
  await knex.schema.createTable(TABLE, (table) => {
    table.string('name', 100).primary();
    // Epoch milliseconds; BEGUN = begun, up or down, and not finished.
    table.bigInteger('applied_at').notNullable();
  });
}

const BEGUN = 0;

async function readStates(db: Queryable): Promise<Map<string, 'begun' | 'applied'>> {
  const rows = await db(TABLE).select('name', 'applied_at');
  return new Map(rows.map((row) => [row.name, Number(row.applied_at) === BEGUN ? 'begun' : 'applied']));
}

function unknown(states: ReadonlyMap<string, unknown>): string[] {
  return [...states.keys()].filter((name) => !MIGRATIONS[name]).sort();
}
