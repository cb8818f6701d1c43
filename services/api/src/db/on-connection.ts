import type { Knex } from 'knex';
import type { Connection, PoolClient } from './pool-client.ts';

/** Knex on the connection of a transaction, without the means to end it: that is up to db.transaction(). */
export interface Transaction extends Knex {
  isCompleted(): boolean;
}

/**
 * Knex with all its builders, on this connection. Knex itself makes a client and more than a hundred functions for each
 * transaction, which takes longer than BEGIN and COMMIT; this has those of the pool, and differs in its client, which
 * differs in where its connection comes from. After `end()` it refuses to work: the connection belongs to somebody else.
 */
export function onConnection(pool: Knex, connection: Connection): { trx: Transaction; end: () => void } {
  let ended = false;
  const client = clientOn(pool.client, connection, (on) => {
    if (ended) throw new Error('The transaction has ended; this statement came too late');
    if (on !== connection) throw new Error('This statement belongs to another connection');
  });
  const trx = (...table: unknown[]) => (client.queryBuilder() as unknown as Builder).table(...table);
  // All methods of knex ask their `this` for the context, and the context for the client.
  const context = Object.create((pool as unknown as { context: object }).context);
  context.client = client;
  const own = { context, isTransaction: true, isCompleted: () => ended };
  Object.assign(Object.setPrototypeOf(trx, pool), own);
  return {
    trx: trx as unknown as Transaction,
    end() {
      ended = true;
    },
  };
}

interface Builder {
  table(...table: unknown[]): Knex.QueryBuilder;
}

function clientOn(pool: PoolClient, connection: Connection, check: (on: Connection) => void): PoolClient {
  return Object.assign(Object.create(pool), {
    // A transaction that is begun in this one is a savepoint.
    transacting: true,
    pool: undefined,
    acquireConnection: async () => connection,
    takeConnection: () => connection,
    releaseConnection: async () => {},
    putBack: () => {},
    // Also what was built in time may be sent too late.
    async query(on: Connection, query: unknown) {
      check(on);
      return pool.query(on, query);
    },
    // Throws at once, as knex does not hear of a stream that fails later.
    stream(on: Connection, query: unknown, stream: unknown, options: unknown) {
      check(on);
      return pool.stream(on, query, stream, options);
    },
  });
}
