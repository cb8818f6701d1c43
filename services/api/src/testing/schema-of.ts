import type { Database } from '../db/database.ts';

/** Every column and index, as the database itself tells them: what two schemas have in common when they are equal. */
export async function schemaOf({ knex, type }: Database): Promise<string[]> {
  return (await lines({ knex, type })).sort();
}

async function lines({ knex, type }: Pick<Database, 'knex' | 'type'>): Promise<string[]> {
  if (type === 'sqlite') {
    const rows = await knex.raw("select name, sql from sqlite_master where name not like 'sqlite_%'");
    return rows.map(({ name, sql }: Record<string, string>) => `${name}: ${sql}`);
  }
  const here = type === 'postgres' ? 'current_schema()' : 'database()';
  const columns = await knex
    .select({ t: 'table_name', c: 'column_name', d: 'data_type', n: 'is_nullable' })
    .from('information_schema.columns')
    .whereRaw(`table_schema = ${here}`);
  const indexes =
    type === 'postgres'
      ? await knex.select({ d: 'indexdef' }).from('pg_indexes').whereRaw(`schemaname = ${here}`)
      : await knex
          .select({ t: 'table_name', i: 'index_name', c: 'column_name', s: 'seq_in_index', u: 'non_unique' })
          .from('information_schema.statistics')
          .whereRaw(`table_schema = ${here}`);
  return [...columns, ...indexes].map((row) => Object.values(row).join(' '));
}
