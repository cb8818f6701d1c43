import { createHash } from 'node:crypto';
import type { Knex } from 'knex';
import type { Queryable, Transaction } from './database.ts';
import { type Driver, driverOf, type PreparedStatement, type Value } from './drivers.ts';
import { announce, announceFailure, type Connection, type PoolClient, type Told } from './pool-client.ts';

/**
 * Statements that are built once. A query builder costs several times what the driver needs to run what it builds, so
 * what is asked often is written as a constant beside its repository:
 *
 *     const byId = statement<{ id: string }>((db, p) => db('users').where({ id: p.id }).select(COLUMNS));
 *     const user = await byId.first<UserRow>(trx, { id });
 *
 * The SQL is built once per database and prepared once per connection. It runs on the connection of the pool or of the
 * transaction it is given, so pool, transactions and what knex knows about dead connections stay as they are.
 *
 * Name the columns: a prepared `select *` fails on PostgreSQL once a migration has added one (drivers.ts mends it, at
 * the price of a second try).
 *
 * A pooler between PostgreSQL and us that hands out its connections by transaction must know prepared statements:
 * PgBouncer 1.21 or later with `max_prepared_statements` above zero.
 */
export interface Statement<P> {
  all<Row>(db: Queryable, params: P): Promise<Row[]>;
  first<Row>(db: Queryable, params: P): Promise<Row | undefined>;
  /** Answers how many rows matched, whether they changed or not. */
  run(db: Queryable, params: P): Promise<number>;
}

/** What a value will take the place of. For limit() and offset() see count(). */
export type Placeholder = Knex.Raw;

type Params<P> = { readonly [K in keyof P]: Value };

type Placeholders<P> = { readonly [K in keyof P]: Placeholder };

/** Builds `build` at the first use. It may use constants; what differs from call to call must be a parameter. */
export function statement<P extends Params<P>>(
  build: (db: Knex, p: Placeholders<P>) => Knex.QueryBuilder,
): Statement<P> {
  // By the configuration of the pool: its transactions share it.
  const prepared = new WeakMap<object, Prepared>();

  function prepare(db: Queryable): Prepared {
    const { config } = db.client as PoolClient;
    let found = prepared.get(config);
    if (!found) {
      found = compile(db, build as Build);
      prepared.set(config, found);
    }
    return found;
  }

  return {
    all: <Row>(db: Queryable, params: P) => execute<Row[]>(db, prepare, params, 'all'),
    first: <Row>(db: Queryable, params: P) => execute<Row | undefined>(db, prepare, params, 'first'),
    run: (db, params) => execute<number>(db, prepare, params, 'run'),
  };
}

/** Statements that differ in their shape, as by the columns that change: each is built when it is first asked for. */
export function statements<P>(make: (shape: string) => Statement<P>): (shape: string) => Statement<P> {
  const made = new Map<string, Statement<P>>();
  return function ofShape(shape) {
    let found = made.get(shape);
    if (!found) {
      found = make(shape);
      made.set(shape, found);
    }
    return found;
  };
}

/** The placeholders of these columns, as insert() and update() take them. */
export function assign<K extends string>(
  p: { readonly [C in K]: Placeholder },
  columns: readonly K[],
): Record<K, Placeholder> {
  return Object.fromEntries(columns.map((column) => [column, p[column]])) as Record<K, Placeholder>;
}

/** A placeholder for limit() and offset(), which take numbers only. */
export function count(placeholder: Placeholder): number {
  const number = COUNTS.get(placeholder);
  if (number === undefined) throw new TypeError('count() takes a placeholder');
  return number;
}

type Build = (db: Knex, p: Record<string, Placeholder>) => Knex.QueryBuilder;

/** Where a value comes from: a parameter, or a constant of the statement. */
interface Slot {
  readonly name?: string | undefined;
  readonly constant: Value;
}

interface Prepared extends PreparedStatement {
  readonly driver: Driver;
  readonly slots: readonly Slot[];
}

/** Stands for a value while knex builds: its place among the bindings tells the order. */
class Parameter {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}

/** limit() keeps numbers only, so placeholders have one too: greater than any that means something. */
const FIRST_COUNT = 2 ** 52;
const COUNTS = new WeakMap<Placeholder, number>();

function compile(db: Queryable, build: Build): Prepared {
  const driver = driverOf((db.client as PoolClient).driverName);
  const names: string[] = [];
  const placeholders = new Proxy<Record<string, Placeholder>>(
    {},
    {
      get(_target, name: string) {
        const placeholder = db.raw('?', [new Parameter(name) as never]);
        COUNTS.set(placeholder, FIRST_COUNT + names.push(name) - 1);
        return placeholder;
      },
    },
  );
  const { sql, bindings } = build(db, placeholders).toSQL().toNative();
  const slots = bindings.map((binding: unknown): Slot => {
    if (binding instanceof Parameter) return { name: binding.name, constant: null };
    if (typeof binding === 'number' && binding >= FIRST_COUNT)
      return { name: names[binding - FIRST_COUNT]!, constant: null };
    return { name: undefined, constant: binding as Value };
  });
  // PostgreSQL cuts names at 63 bytes, and one name must never stand for two texts.
  const name = `tripod_${createHash('sha256').update(sql).digest('hex').slice(0, 32)}`;
  return { driver, sql, name, slots };
}

function bind(slots: readonly Slot[], params: Readonly<Record<string, Value | undefined>>): Value[] {
  return slots.map(({ name, constant }) => {
    if (name === undefined) return constant;
    const value = params[name];
    if (value === undefined) throw new TypeError(`The statement has no value for "${name}"`);
    return value;
  });
}

/**
 * Written for speed, as it runs several times for each request: on an idle connection the statement is on its way when
 * this returns, and nothing but the driver's answer is waited for.
 */
function execute<T>(
  db: Queryable,
  prepare: (db: Queryable) => Prepared,
  params: object,
  method: keyof Statement<unknown>,
): Promise<T> {
  const client = db.client as PoolClient;
  const idle = client.takeConnection();
  if (idle) return executeOn<T>(idle, db, prepare, params, method);
  return client
    .acquireConnection()
    .then((connection) => executeOn<T>(connection, db, prepare, params, method));
}

function executeOn<T>(
  connection: Connection,
  db: Queryable,
  prepare: (db: Queryable) => Prepared,
  params: object,
  method: keyof Statement<unknown>,
): Promise<T> {
  const client = db.client as PoolClient;
  return new Promise((resolve, reject) => {
    let told: Told | undefined;
    // mysql2 answers twice when the connection is lost while it prepares; by then it may belong to somebody else.
    let isOver = false;
    const fail = (error: unknown) => {
      if (isOver) return;
      isOver = true;
      try {
        reject(told ? announceFailure(client, connection, told, error) : error);
      } finally {
        client.releaseConnection(connection);
      }
    };
    const succeed = (result: unknown) => {
      if (isOver) return;
      isOver = true;
      client.putBack(connection);
      resolve(result as T);
    };
    try {
      const inTransaction = db.isTransaction === true;
      // The connection of a transaction that has ended belongs to somebody else.
      if (inTransaction && (db as Transaction).isCompleted())
        throw new Error('The transaction has ended; this statement came too late');
      const prepared = prepare(db);
      const { driver, sql, slots } = prepared;
      const values = bind(slots, params as Record<string, Value | undefined>);
      told = announce(client, connection, sql, values);
      if (method === 'run')
        driver.affected(connection, prepared, values, inTransaction, (error, count) =>
          error ? fail(error) : succeed(count),
        );
      else
        driver.rows(connection, prepared, values, inTransaction, (error, rows) =>
          error ? fail(error) : succeed(method === 'first' ? rows![0] : rows),
        );
    } catch (error) {
      fail(error);
    }
  });
}
