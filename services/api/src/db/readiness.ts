import { setTimeout as sleep } from 'node:timers/promises';
import type { CheckResult, Health } from '../health.ts';
import type { Database } from './database.ts';
import { unavailability } from './errors.ts';
import { pendingMigrations } from './migrator.ts';

/** Shorter than what readiness allows a check (health.ts), so that the reason is ours. */
const PATIENCE_MS = 2000;
/** A full disk or a refused write is told for so long, unless a later write goes well. */
const LATELY_MS = 300_000;

/**
 * `database`: does it answer, with the schema that this code needs? Without that nothing works. `database_writes` and
 * `database_replica` only make less of the API work, so they degrade it.
 */
export function registerDatabaseChecks(health: Health, db: Database): void {
  health.register({ name: 'database', needed: true, run: () => checkSchema(db) });
  health.register({ name: 'database_writes', needed: false, run: () => checkWrites(db) });
  if (db.health().replica)
    health.register({ name: 'database_replica', needed: false, run: () => checkReplica(db) });
}

async function checkSchema(db: Database): Promise<CheckResult> {
  const missing = await inTime(db, pendingMigrations(db));
  if (typeof missing === 'string') return { ok: false, reason: missing };
  if (missing.length === 0) return { ok: true };
  return { ok: false, reason: `the schema is behind: ${missing.join(', ')}` };
}

async function checkWrites(db: Database): Promise<CheckResult> {
  const { diskFullAt, readOnlyAt } = db.health();
  if (isLately(diskFullAt)) return { ok: false, reason: `a write ${ago(diskFullAt)} found the disk full` };
  const readOnly = await inTime(db, isReadOnly(db));
  // What is wrong with a database that does not answer is told by the other check.
  if (readOnly === true) return { ok: false, reason: 'the server accepts no changes (read-only)' };
  if (isLately(readOnlyAt))
    return { ok: false, reason: `a write ${ago(readOnlyAt)} was refused (read-only)` };
  return { ok: true };
}

function checkReplica(db: Database): CheckResult {
  const { replica } = db.health();
  if (!replica || replica.state === 'fresh') return { ok: true };
  return { ok: false, reason: `${replica.state}: ${replica.reason}; reads go to the primary` };
}

async function isReadOnly({ type, knex }: Database): Promise<boolean> {
  if (type === 'sqlite') return false;
  if (type === 'postgres') {
    const { rows } = await knex.raw("select current_setting('transaction_read_only') as read_only");
    return rows[0].read_only === 'on';
  }
  const [rows] = await knex.raw('select @@global.read_only as read_only');
  return Number(rows[0].read_only) === 1;
}

/** The answer, or in words why there is none. */
async function inTime<T>(db: Database, answer: Promise<T>): Promise<T | string> {
  const over = new AbortController();
  const late = sleep(PATIENCE_MS, 'late' as const, { signal: over.signal }).catch(() => 'late' as const);
  try {
    const first = await Promise.race([answer.then((value) => ({ value })), late]);
    return first === 'late' ? whyLate(db) : first.value;
  } catch (error) {
    const code = (error as { code?: unknown }).code;
    const sentence = unavailability(error)?.sentence ?? 'The database answers with an error.';
    return typeof code === 'string' ? `${sentence} (${code})` : sentence;
  } finally {
    over.abort();
  }
}

function whyLate(db: Database): string {
  const { used, free, waiting } = db.pool();
  if (waiting > 0 && free === 0)
    return `All ${used} connections to the database are in use, and ${waiting} requests wait for one.`;
  return `The database does not answer within ${PATIENCE_MS} ms.`;
}

function isLately(at: number | null): at is number {
  return at !== null && Date.now() - at < LATELY_MS;
}

function ago(at: number): string {
  return `${Math.round((Date.now() - at) / 1000)} s ago`;
}
