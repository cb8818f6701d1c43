/**
 * Everything in which the four databases differ. Above this file there is one SQL.
 *
 * What the schema does to stay portable: instants are epoch milliseconds in bigint (no time zones, no rounding by
 * MySQL, exact keyset comparison), booleans come back as 0/1 from some and are read with Boolean(), JSON is text,
 * ids are made by the service (MySQL has no RETURNING), and strings that are compared are `keyText`.
 */
import { mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, resolve } from 'node:path';
import type { Knex } from 'knex';
import type { DatabaseConfig, DbType } from './database-config.ts';

const require = createRequire(import.meta.url);
interface KnexClient {
  connectionSettings: { filename: string };
  acquireRawConnection(): Promise<unknown>;
}
interface KnexTransaction {
  query(connection: unknown, sql: string): unknown;
}
const BetterSqlite3Client: new (
  ...args: unknown[]
) => KnexClient = require('knex/lib/dialects/better-sqlite3');
const SqliteTransaction: new (
  ...args: unknown[]
) => KnexTransaction = require('knex/lib/dialects/sqlite3/execution/sqlite-transaction');

/**
 * BEGIN takes the write lock at once. A deferred transaction that reads and then writes fails with SQLITE_BUSY when
 * another process wrote in between, and busy_timeout does not help there.
 */
class ImmediateTransaction extends SqliteTransaction {
  begin(connection: unknown): unknown {
    return this.query(connection, 'BEGIN IMMEDIATE;');
  }
}

interface SqliteConnection {
  pragma(source: string): unknown;
}

/** The folder is created with the first connection, so that a failure is reported where connections fail. */
class SqliteClient extends BetterSqlite3Client {
  override async acquireRawConnection(): Promise<unknown> {
    mkdirSync(dirname(this.connectionSettings.filename), { recursive: true });
    return super.acquireRawConnection();
  }

  transaction(container: unknown, config: unknown, outer: unknown): unknown {
    return new ImmediateTransaction(this, container, config, outer);
  }
}

const SQLITE_BUSY_TIMEOUT_MS = 5000;

/** Values stay out of error messages: they end in logs, and some are hashes of passwords and tokens. */
const COMMON = { acquireConnectionTimeout: 10_000, compileSqlOnError: false };

/** The knex configuration of a database. */
export function knexConfig(config: DatabaseConfig): Knex.Config {
  if (config.type === 'sqlite') return sqliteConfig(config.file);
  const connection = {
    host: config.host,
    port: config.port,
    database: config.name,
    user: config.user,
    password: config.password,
  };
  const pool = { min: 0, max: config.poolSize };
  const common = { ...COMMON, pool };
  if (config.type === 'postgres') {
    return {
      client: 'pg',
      connection: {
        ...connection,
        types: pgTypes(),
        connectionTimeoutMillis: 5000,
      } as Knex.PgConnectionConfig,
      ...common,
    };
  }
  // MariaDB speaks MySQL's protocol. FOUND_ROWS makes "affected" mean matched, as everywhere else.
  const mysql = {
    ...connection,
    charset: 'utf8mb4',
    flags: ['FOUND_ROWS'],
    connectTimeout: 5000,
    supportBigNumbers: true,
  };
  return { client: 'mysql2', connection: mysql as unknown as Knex.MySql2ConnectionConfig, ...common };
}

function sqliteConfig(file: string): Knex.Config {
  const filename = resolve(file);
  return {
    client: SqliteClient as unknown as typeof Knex.Client,
    connection: { filename },
    ...COMMON,
    useNullAsDefault: true,
    // better-sqlite3 is synchronous: a second connection that waits for the first one's lock would block the very
    // event loop that has to release it. One connection per process; other processes are waited for by busy_timeout.
    pool: {
      min: 1,
      max: 1,
      afterCreate(connection: SqliteConnection, done: (error?: Error) => void) {
        connection.pragma(`busy_timeout = ${SQLITE_BUSY_TIMEOUT_MS}`);
        connection.pragma('journal_mode = WAL');
        // FULL syncs the log at every commit: what was acknowledged survives SIGKILL and power loss.
        connection.pragma('synchronous = FULL');
        connection.pragma('foreign_keys = ON');
        done();
      },
    },
  };
}

/** bigint as number: epoch milliseconds and counters stay far below 2^53. */
function pgTypes() {
  const { types } = require('pg');
  return {
    getTypeParser: (oid: number, format: string) =>
      oid === types.builtins.INT8 ? Number : types.getTypeParser(oid, format),
  };
}

/** Takes the lock of migrations for the transaction; other migrators wait here. The server frees it if we die. */
export async function lockMigrations(type: DbType, trx: Knex.Transaction): Promise<void> {
  // SQLite: BEGIN IMMEDIATE has it already.
  if (type === 'postgres') await trx.raw('select pg_advisory_xact_lock(7424771)');
  if (type === 'mysql' || type === 'mariadb') {
    const [rows] = await trx.raw("select get_lock('tripod_migrations', 300) as locked");
    if (rows[0]?.locked !== 1) throw new Error('Another migrator has held the lock for 300 s');
  }
}

/** MySQL commits at every DDL statement, so its lock is the session's and must be given back. */
export async function unlockMigrations(type: DbType, trx: Knex.Transaction): Promise<void> {
  if (type === 'mysql' || type === 'mariadb') await trx.raw("select release_lock('tripod_migrations')");
}

/** A string column compared, sorted and searched by code point, whatever the collation of the database is. */
export function keyText(
  table: Knex.CreateTableBuilder,
  name: string,
  length: number,
  client: string,
): Knex.ColumnBuilder {
  if (client === 'pg') return table.specificType(name, `varchar(${length}) collate "C"`);
  const column = table.string(name, length);
  return client === 'mysql2' ? column.collate('utf8mb4_bin') : column;
}

const CONNECTION_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'PROTOCOL_CONNECTION_LOST',
  'PROTOCOL_ENQUEUE_AFTER_FATAL_ERROR',
  'ER_CON_COUNT_ERROR',
  'ER_SERVER_SHUTDOWN',
  '57P01',
  '57P02',
  '57P03',
  '53300',
  '08000',
  '08001',
  '08003',
  '08004',
  '08006',
  'SQLITE_BUSY',
  'SQLITE_CANTOPEN',
  'SQLITE_FULL',
  'SQLITE_READONLY',
  'SQLITE_NOTADB',
  'SQLITE_CORRUPT',
]);

/** The database did not answer (as opposed to: it refused the statement). */
export function isConnectionError(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = String((error as { code?: unknown }).code ?? '');
  return (
    CONNECTION_CODES.has(code) ||
    code.startsWith('SQLITE_IOERR') ||
    code.startsWith('SQLITE_BUSY') ||
    error.name === 'KnexTimeoutError' ||
    /Connection terminated|timeout expired|Unable to acquire a connection/.test(error.message)
  );
}

const RETRYABLE_CODES = new Set([
  '40001',
  '40P01',
  'ER_LOCK_DEADLOCK',
  'ER_LOCK_WAIT_TIMEOUT',
  'ER_CHECKREAD',
]);

/** Deadlock or serialization failure: the transaction was rolled back and may be tried again as a whole. */
export function isRetryable(error: unknown): boolean {
  const code = String((error as { code?: unknown } | null)?.code ?? '');
  return RETRYABLE_CODES.has(code) || code.startsWith('SQLITE_BUSY');
}

/** A unique index refused the row. */
export function isUniqueViolation(error: unknown): boolean {
  const code = String((error as { code?: unknown } | null)?.code ?? '');
  return (
    code === '23505' ||
    code === 'ER_DUP_ENTRY' ||
    code === 'SQLITE_CONSTRAINT_UNIQUE' ||
    code === 'SQLITE_CONSTRAINT_PRIMARYKEY'
  );
}
