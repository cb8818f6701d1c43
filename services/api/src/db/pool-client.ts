import type { Knex } from 'knex';
import type { DriverName } from './drivers.ts';
import { statementFailed } from './statement-errors.ts';

/** A connection of the driver, with the name that the pool gave it. */
export interface Connection {
  readonly __knexUid?: string;
}

/** What of a knex client is used here: not part of its documented interface, and the same since its version 1. */
export interface PoolClient {
  readonly config: object;
  readonly driverName: DriverName;
  acquireConnection(): Promise<Connection>;
  releaseConnection(connection: Connection): unknown;
  /** An idle connection, if there is one. Besides what knex has: clients.ts. */
  takeConnection(): Connection | undefined;
  /** Of a statement that did not fail, and neither began nor ended a transaction. */
  putBack(connection: Connection): void;
  query(connection: Connection, query: unknown): Promise<unknown>;
  stream(connection: Connection, query: unknown, stream: unknown, options: unknown): Promise<unknown>;
  queryBuilder(): Knex.QueryBuilder;
  emit(event: string, ...values: unknown[]): boolean;
}

/** A statement, as it is told to those who listen. */
export interface Told {
  readonly __knexUid: string | undefined;
  readonly sql: string;
  readonly bindings: readonly unknown[];
}

/** Tells of a statement as knex tells whoever counts or explains queries. */
export function announce(
  client: PoolClient,
  connection: Connection,
  sql: string,
  bindings: readonly unknown[],
): Told {
  const told = { __knexUid: connection.__knexUid, sql, bindings };
  client.emit('query', told);
  return told;
}

/** Answers the error as it is to be thrown. */
export function announceFailure(
  client: PoolClient,
  connection: Connection,
  told: Told,
  error: unknown,
): unknown {
  statementFailed(connection, error);
  if (error instanceof Error) error.message = `${told.sql} - ${error.message}`;
  client.emit('query-error', error, told);
  return error;
}
