import { spoilsConnection } from './errors.ts';

type Observer = (error: unknown) => void;
const observers = new WeakMap<object, Observer>();

/** Tells `observer` of every statement that fails on this connection. */
export function observeStatements(connection: object, observer: Observer): void {
  observers.set(connection, observer);
}

/**
 * To be called with every error of a statement and the driver's connection that it ran on, before it is thrown. A
 * connection that is lost, or that leads to a server which became read-only or is stopping, must not be given to the
 * next request: the pool throws away what carries the mark. And values leave the error: it ends in logs.
 */
export function statementFailed(connection: object, error: unknown): void {
  observers.get(connection)?.(error);
  if (spoilsConnection(error) || isFatal(error)) discard(connection, error);
  if (error instanceof Error) removeValues(error);
}

/** By which mysql2 says that the connection has ended with the statement, before it has ended it. */
const isFatal = (error: unknown) => (error as { fatal?: unknown } | null)?.fatal === true;

/** The pool will not hand out this connection again. */
export function discard(connection: object, why: unknown): void {
  (connection as { __knex__disposed?: unknown }).__knex__disposed ??= why;
}

/** `Key (email)=(…) already exists`, `Duplicate entry '…' for key`, `invalid input syntax for type integer: "…"`. */
function removeValues(error: Error): void {
  const ofDriver = error as { detail?: unknown; where?: unknown; sqlMessage?: unknown; sql?: unknown };
  for (const field of ['detail', 'where', 'sqlMessage', 'sql'] as const) delete ofDriver[field];
  error.message = error.message
    .replace(/Duplicate entry '.*' for key/s, 'Duplicate entry for key')
    .replace(/(value|syntax for type [\w ]+): ['"].*['"]/s, '$1');
}
