import { setTimeout as sleep } from 'node:timers/promises';
import createKnex, { type Knex } from 'knex';
import type { Logger } from 'pino';
import type { DatabaseConfig, DbType } from './database-config.ts';
import { isRetryable, knexConfig } from './dialect.ts';

/** Where a repository reads and writes: the pool or a transaction. */
export type Queryable = Knex;
export type Transaction = Knex.Transaction;

export interface Database {
  readonly type: DbType;
  readonly knex: Knex;
  /**
   * Runs `work` in one transaction, again as a whole after a deadlock or serialization failure. `work` must use its
   * own argument for every query (SQLite has one connection) and have no effects outside the database.
   */
  transaction<T>(work: (trx: Transaction) => Promise<T>): Promise<T>;
  /** Connections in use, free, and requests that wait for one. */
  pool(): { used: number; free: number; waiting: number };
  close(): Promise<void>;
}

const MAX_ATTEMPTS = 6;

/** A pool that connects at first use. `log` gets what knex would print to the console. */
export function openDatabase(config: DatabaseConfig, log?: Logger): Database {
  const knex = createKnex({ ...knexConfig(config), log: knexLog(log) });
  return {
    type: config.type,
    knex,
    async transaction(work) {
      for (let attempt = 1; ; attempt++) {
        try {
          return await knex.transaction(work);
        } catch (error) {
          if (attempt === MAX_ATTEMPTS || !isRetryable(error)) throw error;
          await sleep(Math.random() * 10 * 2 ** attempt);
        }
      }
    },
    pool() {
      const pool = knex.client.pool;
      return {
        used: pool?.numUsed() ?? 0,
        free: pool?.numFree() ?? 0,
        waiting: pool?.numPendingAcquires() ?? 0,
      };
    },
    close: () => knex.destroy(),
  };
}

function knexLog(log: Logger | undefined): Knex.Logger {
  const warn = (message: unknown) => log?.warn({ detail: String(message) }, 'from the database layer');
  const debug = (message: unknown) => log?.debug({ detail: String(message) }, 'from the database layer');
  return { warn, error: warn, deprecate: warn, debug };
}

/**
 * Waits until the database answers: DB_MAX_RETRIES more attempts, the pause doubling from DB_RETRY_DELAY_MS to 15 s.
 * @throws the last error.
 */
export async function waitForDatabase(
  db: Database,
  config: DatabaseConfig,
  onRetry: (error: Error, delayMs: number) => void,
): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      await db.knex.raw('select 1');
      return;
    } catch (error) {
      // A file that cannot be opened will not open by waiting; one that is busy may.
      const worthwhile = config.type !== 'sqlite' || isRetryable(error);
      if (!worthwhile || attempt >= config.maxRetries) throw error;
      const delayMs = Math.min(config.retryDelayMs * 2 ** attempt, 15_000);
      onRetry(error as Error, delayMs);
      await sleep(delayMs);
    }
  }
}
