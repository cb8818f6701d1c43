import type { Knex } from 'knex';

export type Index = readonly [table: string, name: string, columns: readonly string[]];

export async function createIndexes(knex: Knex, indexes: readonly Index[]): Promise<void> {
  for (const [table, name, columns] of indexes) {
    await knex.schema.alterTable(table, (changed) => changed.index([...columns], name));
  }
}

/** Drops those that are there: a migration that failed half way has left some. */
export async function dropIndexes(knex: Knex, indexes: readonly Index[]): Promise<void> {
  for (const [table, name] of indexes) {
    if (knex.client.driverName !== 'mysql2') await knex.raw('drop index if exists ??', [name]);
    else if (await hasIndex(knex, table, name)) await knex.raw('drop index ?? on ??', [name, table]);
  }
}

/** MySQL has no DROP INDEX IF EXISTS. */
async function hasIndex(knex: Knex, table: string, name: string): Promise<boolean> {
  const [rows] = await knex.raw(
    'select 1 from information_schema.statistics where table_schema = database() and table_name = ? and index_name = ? limit 1',
    [table, name],
  );
  return rows.length > 0;
}
