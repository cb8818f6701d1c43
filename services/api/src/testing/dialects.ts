import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfig } from '../config.ts';
import { type Database, openDatabase } from '../db/database.ts';
import type { DatabaseConfig } from '../db/database-config.ts';
import { testEnv } from './test-app.ts';

/**
 * The databases under test: SQLite always, a server when its URL is given, as in
 * `TEST_POSTGRES_URL=postgres://… TEST_MYSQL_URL=mysql://… TEST_MARIADB_URL=mariadb://…`.
 * Tests empty the database that the URL names.
 */
const SERVERS = {
  postgres: 'TEST_POSTGRES_URL',
  mysql: 'TEST_MYSQL_URL',
  mariadb: 'TEST_MARIADB_URL',
} as const;

export const DIALECTS = [
  'sqlite',
  ...(Object.keys(SERVERS) as (keyof typeof SERVERS)[]).filter((type) => process.env[SERVERS[type]]),
] as const;

export interface TestDatabase {
  /** For readConfig(). */
  env: Record<string, string>;
  config: DatabaseConfig;
  db: Database;
  close(): Promise<void>;
}

/** An empty database of this dialect. */
export async function emptyDatabase(dialect: (typeof DIALECTS)[number]): Promise<TestDatabase> {
  const folder = mkdtempSync(join(tmpdir(), 'tripod-db-'));
  const url = dialect === 'sqlite' ? `sqlite:${join(folder, 'test.sqlite')}` : process.env[SERVERS[dialect]]!;
  const env = testEnv({ DB_TYPE: dialect, DATABASE_URL: url });
  const { database: config } = readConfig(env);
  const db = openDatabase(config);
  if (dialect !== 'sqlite') await dropEverything(db);
  return {
    env,
    config,
    db,
    async close() {
      await db.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function dropEverything(db: Database): Promise<void> {
  if (db.type === 'postgres') {
    await db.knex.raw('drop schema public cascade');
    await db.knex.raw('create schema public');
    return;
  }
  const [rows] = await db.knex.raw(
    'select table_name as name from information_schema.tables where table_schema = database()',
  );
  await db.knex.transaction(async (trx) => {
    await trx.raw('set foreign_key_checks = 0');
    for (const { name } of rows) await trx.raw('drop table ??', [name]);
    await trx.raw('set foreign_key_checks = 1');
  });
}
