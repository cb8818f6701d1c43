import { setTimeout as sleep } from 'node:timers/promises';
import createKnex, { type Knex } from 'knex';
import type { Logger } from 'pino';
import type { DatabaseConfig, DbType } from './database-config.ts';
import { knexConfig } from './dialect.ts';
import { isRetryable, type Unavailability, type UnavailabilityReason, unavailability } from './errors.ts';
import { createHealthState } from './health-state.ts';
import type { ConnectionPool } from './pool.ts';
import { createReplica, type Reader, type ReplicaHealth } from './replica.ts';
import { createTransactions, type Queryable, type Transaction } from './transaction.ts';

export { PRIMARY, type Reader } from './replica.ts';
export { afterCommit, type Queryable, type Transaction } from './transaction.ts';

/** Without a statement timeout (a migrator) transactions are run again for so long. */
const MIN_BUDGET_MS = 5000;

export interface DatabaseHealth {
  /** What it last failed with; null once a transaction that began later was committed. */
  primary: Unavailability | null;
  /** When a write last found the disk full, or the database read-only (epoch ms); null again as above. */
  diskFullAt: number | null;
  readOnlyAt: number | null;
  /** Null without DB_REPLICA_URL. */
  replica: ReplicaHealth | null;
}

/** Counted since the start. */
export interface DatabaseStatistics {
  /** Times the primary did not do its work, by reason. */
  unavailable: ReadonlyMap<UnavailabilityReason, number>;
  /** Transactions run again. */
  retries: number;
  /** Null without a replica. */
  replicaReads: { target: string; why: string; count: number }[] | null;
}

export interface Database {
  readonly type: DbType;
  /** The primary. */
  readonly knex: Knex;
  /**
   * Runs `work` in one transaction on the primary; again as a whole after a deadlock, a serialization failure, or a
   * connection lost before COMMIT was sent. `work` must use its own argument for every query (SQLite has one
   * connection) and have no effects outside the database: see afterCommit().
   * @throws UnknownOutcomeError when COMMIT was sent and not answered.
   */
  transaction<T>(work: (trx: Transaction) => Promise<T>): Promise<T>;
  /** Reads what may be a moment old: from the replica when it is fresh enough for this reader, else the primary. */
  read<T>(reader: Reader, query: (db: Queryable) => Promise<T>): Promise<T>;
  /** Connections in use, free, and requests that wait for one. */
  pool(): { used: number; free: number; waiting: number };
  /** What is known without asking. */
  health(): DatabaseHealth;
  statistics(): DatabaseStatistics;
  close(): Promise<void>;
}

/** A pool that connects at first use. `log` gets what knex would print to the console. */
export function openDatabase(config: DatabaseConfig, log?: Logger): Database {
  const state = createHealthState();
  const logger = knexLog(log);
  const knex = createKnex({ ...knexConfig(config, { onError: state.failed }), log: logger });
  const replica = config.type !== 'sqlite' && config.replica ? createReplica(config, logger) : null;
  let retries = 0;
  const transaction = createTransactions(knex, {
    budgetMs: Math.max(config.statementTimeoutMs, MIN_BUDGET_MS),
    onCommit: state.committed,
    onRetry: () => void retries++,
  });
  return {
    type: config.type,
    knex,
    transaction,
    read: (reader, query) => {
      const onPrimary = () => readTwice(knex, query);
      return replica ? replica.read(reader, query, onPrimary) : onPrimary();
    },
    health: () => ({
      primary: state.primary,
      diskFullAt: state.diskFullAt,
      readOnlyAt: state.readOnlyAt,
      replica: replica?.health() ?? null,
    }),
    statistics: () => ({
      unavailable: state.counts,
      retries,
      replicaReads: replica?.counts() ?? null,
    }),
    pool: () =>
      (knex.client.pool as ConnectionPool | undefined)?.counts() ?? { used: 0, free: 0, waiting: 0 },
    async close() {
      await replica?.close();
      await knex.destroy();
    },
  };
}

/** A read may be asked again: of a pool of dead connections the second is a fresh one, or the answer is final. */
async function readTwice<T>(knex: Knex, query: (db: Queryable) => Promise<T>): Promise<T> {
  try {
    return await query(knex);
  } catch (error) {
    if (unavailability(error)?.reason !== 'connection_lost') throw error;
    return query(knex);
  }
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
