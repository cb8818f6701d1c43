import { setTimeout as sleep } from 'node:timers/promises';
import type { Database, Transaction } from './database.ts';
import { isRetryable } from './errors.ts';

/** A migration of a large table takes its time; somebody who waits longer than this should look what it does. */
const LONGEST_WAIT_MS = 1_800_000;
const POLL_MS = 200;

/**
 * Runs `work` in one transaction while nobody else migrates this database; others wait here, and `onWait` is told once.
 * Nobody has to give the lock back: the server frees it when its holder dies.
 */
export async function underMigrationLock<T>(
  db: Database,
  onWait: () => void,
  work: (trx: Transaction) => Promise<T>,
): Promise<T> {
  const deadline = Date.now() + LONGEST_WAIT_MS;
  for (let attempt = 1; ; attempt++) {
    const answer = await db.knex.transaction((trx) => holding(db, trx, work)).catch(busyOrThrow(db));
    if (answer !== BUSY) return answer;
    if (Date.now() > deadline) throw new Error('Another migrator has held the lock for half an hour');
    if (attempt === 1) onWait();
    await sleep(POLL_MS);
  }
}

const BUSY = Symbol('busy');

async function holding<T>(
  db: Database,
  trx: Transaction,
  work: (trx: Transaction) => Promise<T>,
): Promise<T | typeof BUSY> {
  if (!(await tryLock(db, trx))) return BUSY;
  try {
    return await work(trx);
  } finally {
    await unlock(db, trx).catch(() => undefined);
  }
}

/** SQLite: BEGIN IMMEDIATE is the lock, and waits no longer than its busy timeout. */
function busyOrThrow(db: Database): (error: unknown) => typeof BUSY {
  return (error) => {
    if (db.type === 'sqlite' && isRetryable(error)) return BUSY;
    throw error;
  };
}

async function tryLock({ type }: Database, trx: Transaction): Promise<boolean> {
  if (type === 'sqlite') return true;
  if (type === 'postgres') {
    // Ends with the transaction, and is of this database alone.
    const { rows } = await trx.raw('select pg_try_advisory_xact_lock(7424771) as locked');
    return rows[0].locked;
  }
  const [rows] = await trx.raw(`select get_lock(${MYSQL_LOCK}, 0) as locked`);
  return Number(rows[0].locked) === 1;
}

/** MySQL commits at every DDL statement, so its lock is of the session. Names are of the whole server. */
async function unlock({ type }: Database, trx: Transaction): Promise<void> {
  if (type === 'mysql' || type === 'mariadb') await trx.raw(`select release_lock(${MYSQL_LOCK})`);
}

const MYSQL_LOCK = "concat('tripod_migrations_', left(sha2(database(), 256), 32))";
