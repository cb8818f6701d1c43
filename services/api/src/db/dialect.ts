/**
 * Everything in which the four databases differ. Above this file there is one SQL.
 *
 * What the schema does to stay portable: instants are epoch milliseconds in bigint (no time zones, no rounding by
 * MySQL, exact keyset comparison), booleans come back as 0/1 from some and are read with Boolean(), JSON is text,
 * ids are made by the service (MySQL has no RETURNING), and strings that are compared are `keyText`.
 */
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import type { Knex } from 'knex';
import { MysqlClient, PostgresClient, SqliteClient } from './clients.ts';
import type { DatabaseConfig, ServerAddress, ServerConfig, SqliteConfig } from './database-config.ts';

const require = createRequire(import.meta.url);

interface PoolOptions {
  /** Is a server in recovery good enough? Only for a read replica. */
  standby?: boolean;
  /** Told of everything that the database did not do. */
  onError(error: unknown): void;
}

/** The knex configuration of a database. */
export function knexConfig(
  config: DatabaseConfig,
  options: PoolOptions = { onError: () => {} },
): Knex.Config {
  // Values stay out of error messages: they end in logs, and some are hashes of passwords and tokens.
  const common = { acquireConnectionTimeout: config.acquireTimeoutMs, compileSqlOnError: false };
  const { client, connection, pool, server } =
    config.type === 'sqlite' ? sqlite(config) : { ...serverConfig(config), server: config };
  return {
    ...common,
    client: client as unknown as typeof Knex.Client,
    connection,
    pool,
    ...(config.type === 'sqlite' && { useNullAsDefault: true }),
    tripod: { server, ...options },
  } as Knex.Config;
}

function sqlite(config: SqliteConfig) {
  // better-sqlite3 is synchronous: a second connection that waits for the first one's lock would block the very
  // event loop that has to release it. One connection per process; other processes are waited for by busy_timeout.
  return {
    client: SqliteClient,
    connection: { filename: resolve(config.file) },
    pool: { min: 1, max: 1 },
    server: undefined,
  };
}

function serverConfig(config: ServerConfig) {
  const address = { host: config.host, port: config.port, database: config.name };
  const login = { user: config.user, password: config.password };
  // Shorter than the wait for a connection: a server that is away is told from a pool that is exhausted.
  const connectTimeoutMs = Math.max(1, Math.floor(config.acquireTimeoutMs * 0.8));
  const pool = { min: 0, max: config.poolSize };
  if (config.type === 'postgres') {
    const connection = {
      ...address,
      ...login,
      ssl: config.tls === 'off' ? false : tls(config),
      types: pgTypes(),
      connectionTimeoutMillis: connectTimeoutMs,
      keepAlive: true,
      keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
    };
    return { client: PostgresClient, connection: connection as Knex.PgConnectionConfig, pool };
  }
  // MariaDB speaks MySQL's protocol. FOUND_ROWS makes "affected" mean matched, as everywhere else.
  const connection = {
    ...address,
    ...login,
    ...(config.tls !== 'off' && { ssl: { ...tls(config), verifyIdentity: config.tls === 'verify' } }),
    charset: 'utf8mb4',
    flags: ['FOUND_ROWS'],
    connectTimeout: connectTimeoutMs,
    supportBigNumbers: true,
    timezone: 'Z',
    enableKeepAlive: true,
    keepAliveInitialDelay: KEEP_ALIVE_MS,
  };
  return { client: MysqlClient, connection: connection as unknown as Knex.MySql2ConnectionConfig, pool };
}

const KEEP_ALIVE_MS = 10_000;

function tls({ tls: mode, ca }: ServerAddress) {
  return { rejectUnauthorized: mode === 'verify', ...(ca !== undefined && { ca }) };
}

/** bigint as number: epoch milliseconds and counters stay far below 2^53. */
function pgTypes() {
  const { types } = require('pg');
  return {
    getTypeParser: (oid: number, format: string) =>
      oid === types.builtins.INT8 ? Number : types.getTypeParser(oid, format),
  };
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
