import { randomBytes } from 'node:crypto';
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
 * The URL names a database that exists and a user who may create others: each test gets one of its own.
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

export type Dialect = (typeof DIALECTS)[number];

export interface TestDatabase {
  /** For readConfig(). */
  env: Record<string, string>;
  config: DatabaseConfig;
  db: Database;
  /** Closes `db` and drops the database, whoever else is connected. */
  close(): Promise<void>;
}

/**
 * An empty database of this dialect that nobody else knows. `clauses` go to CREATE DATABASE of a server, such as a
 * character set.
 */
export async function emptyDatabase(dialect: Dialect, clauses = ''): Promise<TestDatabase> {
  const place = dialect === 'sqlite' ? temporaryFile() : await createOnServer(dialect, clauses);
  const env = testEnv({ DB_TYPE: dialect, DATABASE_URL: place.url });
  const { database: config } = readConfig(env);
  const db = openDatabase(config);
  return {
    env,
    config,
    db,
    async close() {
      await db.close();
      await place.remove();
    },
  };
}

interface Place {
  url: string;
  remove(): Promise<void> | void;
}

function temporaryFile(): Place {
  const folder = mkdtempSync(join(tmpdir(), 'tripod-db-'));
  return {
    url: `sqlite:${join(folder, 'test.sqlite')}`,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

async function createOnServer(dialect: Exclude<Dialect, 'sqlite'>, clauses: string): Promise<Place> {
  const name = `t_${randomBytes(6).toString('hex')}`;
  const url = new URL(process.env[SERVERS[dialect]]!);
  // template1 cannot be copied while somebody is connected to it.
  const template = dialect === 'postgres' ? 'template template0' : '';
  await asAdministrator(dialect, `create database ${name} ${template} ${clauses}`);
  url.pathname = `/${name}`;
  // A connection that a test has left open must not keep the database alive.
  const force = dialect === 'postgres' ? 'with (force)' : '';
  return { url: url.href, remove: () => asAdministrator(dialect, `drop database ${name} ${force}`) };
}

async function asAdministrator(dialect: Exclude<Dialect, 'sqlite'>, sql: string): Promise<void> {
  const url = process.env[SERVERS[dialect]]!;
  const db = openDatabase(readConfig(testEnv({ DB_TYPE: dialect, DATABASE_URL: url })).database);
  try {
    await db.knex.raw(sql);
  } finally {
    await db.close();
  }
}
