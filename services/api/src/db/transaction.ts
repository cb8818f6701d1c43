import { setTimeout as sleep } from 'node:timers/promises';
import type { Knex } from 'knex';
import { driverOf } from './drivers.ts';
import { isRetryable, type UnavailabilityReason, UnknownOutcomeError, unavailability } from './errors.ts';
import { onConnection, type Transaction } from './on-connection.ts';
import { type Command, noted } from './open-transactions.ts';
import { announce, announceFailure, type Connection, type PoolClient } from './pool-client.ts';

export type { Transaction } from './on-connection.ts';
/** Where a repository reads and writes: the pool or a transaction. */
export type Queryable = Knex;

const MAX_ATTEMPTS = 6;

type Effect = () => Promise<void> | void;
const effects = new WeakMap<object, Effect[]>();

/**
 * Runs `effect` once the transaction is committed, before transaction() resolves: for what must follow a change but
 * lies outside of the database, as forgetting a cached session. In the order of the calls; not after a rollback, and a
 * transaction that is run again begins with none. It should not fail: the change has happened, and transaction()
 * would say that it has not.
 */
export function afterCommit(trx: Transaction, effect: Effect): void {
  const list = effects.get(trx);
  if (!list) throw new Error('afterCommit() needs a transaction that db.transaction() has begun');
  list.push(effect);
}

interface TransactionOptions {
  /** No attempt begins later than so long after the first one. */
  budgetMs: number;
  /** A transaction that began at this time (epoch ms) was committed. */
  onCommit(begunAt: number): void;
  onRetry(): void;
}

/** db.transaction() over a pool of connections. */
export function createTransactions(knex: Knex, { budgetMs, onCommit, onRetry }: TransactionOptions) {
  async function untilCommitted<T>(work: (trx: Transaction) => Promise<T>): Promise<Committed<T>> {
    const deadline = Date.now() + budgetMs;
    for (let attempt = 1; ; attempt++) {
      const begunAt = Date.now();
      try {
        const committed = await attemptOnce(knex, work);
        onCommit(begunAt);
        return committed;
      } catch (error) {
        const pauseMs = Math.random() * 10 * 2 ** attempt;
        if (attempt === MAX_ATTEMPTS || Date.now() + pauseMs > deadline || !mayRunAgain(error)) throw error;
        onRetry();
        await sleep(pauseMs);
      }
    }
  }

  return async function transaction<T>(work: (trx: Transaction) => Promise<T>): Promise<T> {
    const { result, pending } = await untilCommitted(work);
    for (const effect of pending) await effect();
    return result;
  };
}

interface Committed<T> {
  result: T;
  pending: readonly Effect[];
}

function mayRunAgain(error: unknown): boolean {
  if (error instanceof UnknownOutcomeError) return false;
  return isRetryable(error) || unavailability(error)?.reason === 'connection_lost';
}

async function attemptOnce<T>(knex: Knex, work: (trx: Transaction) => Promise<T>): Promise<Committed<T>> {
  const client: PoolClient = knex.client;
  const connection = await client.acquireConnection();
  try {
    await run(client, connection, 'begin', driverOf(client.driverName).begin);
    const { trx, end } = onConnection(knex, connection);
    const pending: Effect[] = [];
    effects.set(trx, pending);
    let result: T;
    try {
      result = await work(trx);
    } catch (error) {
      end();
      await rollback(client, connection);
      throw error;
    }
    end();
    await commit(client, connection);
    return { result, pending };
  } finally {
    client.releaseConnection(connection);
  }
}

async function commit(client: PoolClient, connection: Connection): Promise<void> {
  try {
    await run(client, connection, 'commit', 'COMMIT;');
  } catch (error) {
    throw isUnknownOutcome(error) ? new UnknownOutcomeError(error) : error;
  }
}

/** Nobody who waits for an answer waits longer for a server that does not even roll back. */
const LONGEST_ROLLBACK_MS = 5000;

/** Does not fail: what the work threw says more, and a connection that was not rolled back leaves the pool. */
async function rollback(client: PoolClient, connection: Connection): Promise<void> {
  const { promise: over, resolve: giveUp } = Promise.withResolvers<void>();
  const timer = setTimeout(giveUp, LONGEST_ROLLBACK_MS);
  const answered = run(client, connection, 'rollback', 'ROLLBACK').catch(() => undefined);
  await Promise.race([answered, over]);
  clearTimeout(timer);
}

async function run(client: PoolClient, connection: Connection, command: Command, sql: string): Promise<void> {
  const told = announce(client, connection, sql, []);
  try {
    await noted(connection, command, () => driverOf(client.driverName).command(connection, sql));
  } catch (error) {
    throw announceFailure(client, connection, told, error);
  }
}

/** `no_connection` too: there was one, so an unreachable host or a broken TLS record has cut it. */
const SILENT = new Set<UnavailabilityReason>(['connection_lost', 'no_connection', 'not_ready', 'timeout']);

/** Of a COMMIT: an answer of the server says that nothing was saved, a silence says nothing. */
function isUnknownOutcome(error: unknown): boolean {
  if (isRetryable(error)) return false;
  const reason = unavailability(error)?.reason;
  return reason !== undefined && SILENT.has(reason);
}
