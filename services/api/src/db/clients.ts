/**
 * Knex's clients with what it leaves open: settings for each connection, an end to a silent one, and a pool that gives
 * out no connection which is lost, leads to the wrong server or still has a transaction open.
 */
import { createRequire } from 'node:module';
import type { Knex } from 'knex';
import type { ServerConfig } from './database-config.ts';
import { driverOf } from './drivers.ts';
import { commandOf, discardUnended, isReusable, noted } from './open-transactions.ts';
import { ConnectionPool } from './pool.ts';
import { MYSQL_VARIABLES, mysqlSettings, postgresSettings } from './session-settings.ts';
import { endSilence, socketOf } from './silence.ts';
import { makeSqliteFile } from './sqlite-file.ts';
import { discard, observeStatements, statementFailed } from './statement-errors.ts';

const require = createRequire(import.meta.url);

/** What is used here of knex's clients; not part of its documented interface. */
interface Statement {
  sql: string;
  /** What the driver answered, once it has. Only PostgreSQL's names the command that was done. */
  response?: { command?: string };
}
interface KnexClient {
  config: { tripod: ClientOptions; pool?: unknown };
  connectionSettings: { filename: string };
  logger: Knex.Logger;
  pool: ConnectionPool | undefined;
  getPoolSettings(pool: unknown): PoolSettings;
  initializePool(): void;
  validateConnection(connection: object): boolean;
  acquireRawConnection(): Promise<object>;
  acquireConnection(): Promise<object>;
  releaseConnection(connection: object): Promise<void>;
  _query(connection: object, query: Statement): Promise<unknown>;
}
interface PoolSettings {
  min: number;
  max: number;
  acquireTimeoutMillis: number;
  create(): Promise<object>;
  destroy(connection: object): unknown;
}
// biome-ignore lint/suspicious/noExplicitAny: what TypeScript asks of the constructor of a mixin.
type ClientClass = new (...args: any[]) => KnexClient;

function load(path: string): ClientClass {
  return require(path);
}

export interface ClientOptions {
  /** Undefined for sqlite. */
  server?: Pick<ServerConfig, 'statementTimeoutMs'>;
  /** Is a server in recovery good enough? */
  standby?: boolean;
  /** Told of everything that the database does not do: connecting, and each statement. */
  onError(error: unknown): void;
}

const DONE = Promise.resolve();

function supervised(Base: ClientClass): ClientClass {
  return class Supervised extends Base {
    override initializePool(): void {
      const { acquireTimeoutMillis, ...settings } = this.getPoolSettings(this.config.pool);
      const isUsable = (connection: object) => mayBeUsed(this, connection);
      const abort = (connection: object) => void socketOf(connection)?.destroy();
      this.pool = new ConnectionPool({
        ...settings,
        isUsable,
        abort,
        acquireTimeoutMs: acquireTimeoutMillis,
      });
    }

    /** For statement(): an idle connection; undefined when there is none, and acquireConnection() waits for one. */
    takeConnection(): object | undefined {
      return this.pool?.take();
    }

    override async acquireConnection(): Promise<object> {
      try {
        if (!this.pool) throw new Error('Unable to acquire a connection');
        return await this.pool.acquire().promise;
      } catch (error) {
        this.logger.warn?.(`Acquire connection error: ${error instanceof Error ? error.stack : error}`);
        this.config.tripod.onError(error);
        throw error;
      }
    }

    /** For statement(), which neither begins nor ends a transaction, when it did not fail. */
    putBack(connection: object): void {
      this.pool?.release(connection);
    }

    override async _query(connection: object, query: Statement): Promise<unknown> {
      const command = commandOf(query.sql);
      try {
        if (!command) return await super._query(connection, query);
        await noted(connection, command, async () => {
          await super._query(connection, query);
          return query.response?.command;
        });
        return query;
      } catch (error) {
        statementFailed(connection, error);
        throw error;
      }
    }

    override releaseConnection(connection: object): Promise<void> {
      discardUnended(connection);
      // At once, not when the pool looks at it next: the server may hold locks for it.
      if ((connection as { __knex__disposed?: unknown }).__knex__disposed) socketOf(connection)?.destroy();
      this.pool?.release(connection);
      return DONE;
    }
  };
}

function mayBeUsed(client: KnexClient, connection: object & { __knex__disposed?: unknown }): boolean {
  const { __knex__disposed: why } = connection;
  if (why) client.logger.warn?.(`Connection Error: ${why}`);
  return !why && isReusable(connection) && client.validateConnection(connection);
}

interface PgConnection {
  query(sql: string): Promise<{ rows: { standby: boolean }[] }[]>;
}

/** PostgreSQL. As primary it takes no server in recovery: that one is behind, and a session ended may live there. */
export class PostgresClient extends supervised(load('knex/lib/dialects/postgres')) {
  override async acquireRawConnection(): Promise<object> {
    const connection = (await super.acquireRawConnection()) as object & PgConnection;
    const { server, standby, onError } = this.config.tripod;
    observeStatements(connection, onError);
    endSilence(connection, server!);
    try {
      const sql = `${postgresSettings(server!)}; select pg_is_in_recovery() as standby`;
      const results = await connection.query(sql);
      if (results.at(-1)!.rows[0]!.standby && !standby) throw notPrimary();
    } catch (error) {
      socketOf(connection)?.destroy();
      throw error;
    }
    return connection;
  }
}

/** With the code that PostgreSQL has for a write on a standby. */
function notPrimary(): Error {
  return Object.assign(new Error('This server is a standby that has not been promoted'), { code: '25006' });
}

interface MysqlConnection {
  readonly config: { readonly password?: string };
  promise(): { query(sql: string): Promise<[{ Variable_name: string; Value: string }[], unknown]> };
}

/** MySQL and MariaDB. */
export class MysqlClient extends supervised(load('knex/lib/dialects/mysql2')) {
  override async acquireRawConnection(): Promise<object> {
    const connection = (await super.acquireRawConnection()) as object & MysqlConnection;
    // Whatever prints a connection must not print this.
    Object.defineProperty(connection.config, 'password', { enumerable: false });
    const { server, onError } = this.config.tripod;
    observeStatements(connection, onError);
    endSilence(connection, server!);
    try {
      const session = connection.promise();
      const [rows] = await session.query(MYSQL_VARIABLES);
      const variables = new Map(rows.map((row) => [row.Variable_name, row.Value]));
      for (const sql of mysqlSettings(server!, variables)) await session.query(sql);
    } catch (error) {
      socketOf(connection)?.destroy();
      throw error;
    }
    return connection;
  }
}

interface SqliteConnection {
  inTransaction: boolean;
  pragma(source: string): unknown;
  exec(sql: string): unknown;
}

interface KnexTransaction {
  query(connection: unknown, sql: string): unknown;
}
const SqliteTransaction: new (
  ...args: unknown[]
) => KnexTransaction = require('knex/lib/dialects/sqlite3/execution/sqlite-transaction');

/** With the BEGIN of db.transaction(). */
class ImmediateTransaction extends SqliteTransaction {
  begin(connection: unknown): unknown {
    return this.query(connection, driverOf('better-sqlite3').begin);
  }
}

const SQLITE_BUSY_TIMEOUT_MS = 5000;

/** The folder is created with the first connection, so that a failure is reported where connections fail. */
export class SqliteClient extends supervised(load('knex/lib/dialects/better-sqlite3')) {
  override async acquireRawConnection(): Promise<object> {
    makeSqliteFile(this.connectionSettings.filename);
    const connection = (await super.acquireRawConnection()) as SqliteConnection;
    observeStatements(connection, this.config.tripod.onError);
    connection.pragma(`busy_timeout = ${SQLITE_BUSY_TIMEOUT_MS}`);
    connection.pragma('journal_mode = WAL');
    // FULL syncs the log at every commit: what was acknowledged survives SIGKILL and power loss.
    connection.pragma('synchronous = FULL');
    connection.pragma('foreign_keys = ON');
    return connection;
  }

  override releaseConnection(connection: object): Promise<void> {
    // A COMMIT that failed, as on a full disk, leaves the transaction and its write lock.
    try {
      if ((connection as SqliteConnection).inTransaction) (connection as SqliteConnection).exec('ROLLBACK');
    } catch (error) {
      discard(connection, error);
    }
    return super.releaseConnection(connection);
  }

  transaction(container: unknown, config: unknown, outer: unknown): unknown {
    return new ImmediateTransaction(this, container, config, outer);
  }
}
