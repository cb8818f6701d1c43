import type { Database, Queryable } from '../../src/db/database.ts';

interface Deferred {
  drop: string;
  create: string;
}

/**
 * Runs `work` without the secondary indexes of these tables and builds them afterwards: one sort each instead of a
 * million single changes. Unique indexes, and those that a foreign key needs, stay.
 */
export async function withoutIndexes(
  db: Database,
  tables: readonly string[],
  work: () => Promise<void>,
): Promise<void> {
  const indexes = (await Promise.all(tables.map((table) => READERS[db.type](db.knex, table)))).flat();
  for (const { drop } of indexes) await db.knex.raw(drop);
  try {
    await work();
  } finally {
    for (const { create } of indexes) await db.knex.raw(create);
  }
}

const READERS = { postgres: ofPostgres, mysql: ofMysql, mariadb: ofMysql, sqlite: ofSqlite };

async function ofPostgres(knex: Queryable, table: string): Promise<Deferred[]> {
  const { rows } = await knex.raw(
    "select indexname as name, indexdef as sql from pg_indexes where schemaname = 'public' and tablename = ? and indexdef not like 'CREATE UNIQUE%'",
    [table],
  );
  return rows.map(({ name, sql }: { name: string; sql: string }) => ({
    drop: `drop index "${name}"`,
    create: sql,
  }));
}

async function ofSqlite(knex: Queryable, table: string): Promise<Deferred[]> {
  const rows: { name: string; sql: string }[] = await knex('sqlite_master')
    .where({ type: 'index', tbl_name: table })
    .where('sql', 'not like', 'create unique%')
    .select('name', 'sql');
  return rows.map(({ name, sql }) => ({ drop: `drop index \`${name}\``, create: sql }));
}

async function ofMysql(knex: Queryable, table: string): Promise<Deferred[]> {
  const [rows] = await knex.raw(
    'select index_name as name, group_concat(column_name order by seq_in_index) as columns from information_schema.statistics ' +
      'where table_schema = database() and table_name = ? and non_unique = 1 group by index_name',
    [table],
  );
  const [keys] = await knex.raw(
    'select 1 from information_schema.key_column_usage where table_schema = database() and table_name = ? and referenced_table_name is not null limit 1',
    [table],
  );
  if (rows.length === 0 || keys.length > 0) return [];
  const all = (rows as { name: string; columns: string }[]).map(({ name, columns }) => ({ name, columns }));
  const drops = all.map(({ name }) => `drop index \`${name}\``);
  // In one statement the table is read once for all of them.
  const adds = all.map(({ name, columns }) => `add index \`${name}\` (${columns})`);
  return [
    {
      drop: `alter table \`${table}\` ${drops.join(', ')}`,
      create: `alter table \`${table}\` ${adds.join(', ')}`,
    },
  ];
}
