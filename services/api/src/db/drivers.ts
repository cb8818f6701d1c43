import { createRequire } from 'node:module';
import { isStalePlan } from './errors.ts';

/**
 * How each driver runs a prepared statement, and what begins and ends a transaction. All answer alike: bigint as
 * number, `affected` = rows that matched (dialect.ts sets that up for MySQL), booleans as the database has them, errors
 * as the driver makes them.
 */
export type Value = string | number | boolean | null;

export interface PreparedStatement {
  readonly sql: string;
  /** One name for one text. */
  readonly name: string;
}

export interface Driver {
  /** How a transaction begins. */
  readonly begin: string;
  /** BEGIN, COMMIT or ROLLBACK, in one round trip. PostgreSQL says what it has done: a COMMIT may be a ROLLBACK. */
  command(connection: object, sql: string): Promise<string | undefined>;
  rows(...call: Call<unknown[]>): void;
  affected(...call: Call<number>): void;
}

/** Of one statement. `done` is called once, perhaps at once; what is thrown instead of that is an error as well. */
type Call<T> = [
  connection: object,
  statement: PreparedStatement,
  values: Value[],
  inTransaction: boolean,
  done: Done<T>,
];
/** Not a promise: a statement has one, and needs no more (statement.ts). */
type Done<T> = (error: unknown, result?: T) => void;

export type DriverName = 'pg' | 'mysql2' | 'better-sqlite3';

export function driverOf(name: DriverName): Driver {
  return DRIVERS[name];
}

interface PgResult {
  command: string;
  rows: unknown[];
  rowCount: number | null;
}

type PgCallback = (error: Error | null, result: PgResult) => void;

interface PgQuery {
  name?: string;
}

interface PgConnection {
  readonly constructor: {
    readonly Query: new (text: string, values: Value[], callback: PgCallback) => PgQuery;
  };
  query(query: PgQuery): void;
}

/** Grows when a connection's prepared statements have gone stale: under new names they are prepared anew. */
const generations = new WeakMap<object, number>();

const pg: Driver = {
  begin: 'BEGIN;',
  command: (connection, sql) =>
    new Promise((resolve, reject) => {
      queryPg(connection, sql, [], undefined, (error, result) =>
        error ? reject(error) : resolve(result.command),
      );
    }),
  rows: (connection, statement, values, inTransaction, done) =>
    runPg(connection, statement, values, inTransaction, (error, result) => done(error, result?.rows)),
  affected: (connection, statement, values, inTransaction, done) =>
    runPg(connection, statement, values, inTransaction, (error, result) =>
      done(error, result?.rowCount ?? 0),
    ),
};

function runPg(
  connection: object,
  { sql, name }: PreparedStatement,
  values: Value[],
  inTransaction: boolean,
  done: PgCallback,
): void {
  queryPg(connection, sql, values, currentName(connection, name), (error, result) => {
    if (!isStalePlan(error)) return done(error, result);
    // A migration has changed a table, or a pooler the server behind the connection. Nothing has run yet.
    generations.set(connection, (generations.get(connection) ?? 0) + 1);
    // The error has ended the transaction; it counts as one that is run again as a whole.
    if (inTransaction) return done(error, result);
    queryPg(connection, sql, values, currentName(connection, name), done);
  });
}

function currentName(connection: object, name: string): string {
  const generation = generations.get(connection);
  return generation === undefined ? name : `${name}_${generation}`;
}

function queryPg(
  connection: object,
  sql: string,
  values: Value[],
  name: string | undefined,
  done: PgCallback,
): void {
  const { Query } = (connection as PgConnection).constructor;
  // Not of a configuration: pg would copy that in a way that costs a tenth of the query.
  const query = new Query(sql, values, done);
  if (name !== undefined) query.name = name;
  (connection as PgConnection).query(query);
}

type MysqlResult = unknown[] | { affectedRows: number };
type MysqlCallback = (error: Error | null, result: MysqlResult) => void;

interface MysqlConnection {
  execute(sql: string, values: unknown[], callback: MysqlCallback): void;
  query(sql: string, values: unknown[], callback: MysqlCallback): void;
  query(sql: string, callback: MysqlCallback): void;
  unprepare(sql: string): unknown;
}

/** The server cannot keep this statement, or not any more. Nothing has run yet, and a transaction goes on. */
const UNPREPARED = new Set([
  'ER_MAX_PREPARED_STMT_COUNT_REACHED',
  'ER_UNKNOWN_STMT_HANDLER',
  'ER_NEED_REPREPARE',
  'ER_UNSUPPORTED_PS',
]);

const mysql: Driver = {
  begin: 'BEGIN;',
  // Not prepared: MySQL refuses that for BEGIN.
  command: (connection, sql) =>
    new Promise((resolve, reject) => {
      (connection as MysqlConnection).query(sql, (error) => (error ? reject(error) : resolve(undefined)));
    }),
  rows: (connection, statement, values, _inTransaction, done) =>
    runMysql(connection, statement, values, done as MysqlCallback),
  affected: (connection, statement, values, _inTransaction, done) =>
    runMysql(connection, statement, values, (error, result) =>
      done(error, (result as { affectedRows: number } | undefined)?.affectedRows),
    ),
};

function runMysql(
  connection: object,
  { sql }: PreparedStatement,
  values: Value[],
  done: MysqlCallback,
): void {
  const mysqlConnection = connection as MysqlConnection;
  mysqlConnection.execute(sql, values.map(toMysql), (error, result) => {
    if (!error || !UNPREPARED.has(String((error as { code?: unknown }).code))) return done(error, result);
    mysqlConnection.unprepare(sql);
    mysqlConnection.query(sql, values, done);
  });
}

const require = createRequire(import.meta.url);
const { TypedParameter }: typeof import('mysql2') = require('mysql2');

/** mysql2 sends numbers as DOUBLE, which LIMIT refuses. */
function toMysql(value: Value): unknown {
  return Number.isSafeInteger(value) ? TypedParameter.BIGINT(value) : value;
}

interface SqliteStatement {
  all(...values: unknown[]): unknown[];
  run(...values: unknown[]): { changes: number };
}

interface SqliteConnection {
  prepare(sql: string): SqliteStatement;
}

const sqliteStatements = new WeakMap<object, Map<string, SqliteStatement>>();

const sqlite: Driver = {
  // Takes the write lock at once. A deferred transaction that reads and then writes fails with SQLITE_BUSY when another
  // process wrote in between, and busy_timeout does not help there.
  begin: 'BEGIN IMMEDIATE;',
  async command(connection, sql) {
    prepareSqlite(connection, sql).run();
    return undefined;
  },
  rows: (connection, { sql }, values, _inTransaction, done) =>
    done(null, prepareSqlite(connection, sql).all(...values.map(toSqlite))),
  affected: (connection, { sql }, values, _inTransaction, done) =>
    done(null, prepareSqlite(connection, sql).run(...values.map(toSqlite)).changes),
};

function prepareSqlite(connection: object, sql: string): SqliteStatement {
  let known = sqliteStatements.get(connection);
  if (!known) {
    known = new Map();
    sqliteStatements.set(connection, known);
  }
  let prepared = known.get(sql);
  if (!prepared) {
    prepared = (connection as SqliteConnection).prepare(sql);
    known.set(sql, prepared);
  }
  return prepared;
}

function toSqlite(value: Value): unknown {
  return typeof value === 'boolean' ? Number(value) : value;
}

const DRIVERS: Readonly<Record<DriverName, Driver>> = { pg, mysql2: mysql, 'better-sqlite3': sqlite };
