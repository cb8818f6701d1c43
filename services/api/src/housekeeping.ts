import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { type Audit, SYSTEM_ACTOR } from './audit/audit.ts';
import type { Sessions } from './auth/sessions.ts';
import { deleteEndedWindows } from './auth/throttle.ts';
import type { Config } from './config.ts';
import type { Database } from './db/database.ts';
import type { Component } from './lifecycle.ts';
import type { Metrics } from './metrics.ts';

const INTERVAL_MS = 3_600_000;
/** The first round, at a moment of its own in each process: those that start together must not sweep together. */
const FIRST_MIN_MS = 60_000;
const FIRST_MAX_MS = 300_000;
/** What others wait for at most: the locks of so many rows; on SQLite, the process itself. */
const BATCH = 500;
const PAUSE_MS = 50;
const DAY_MS = 86_400_000;

interface Dependencies {
  config: Pick<Config, 'AUDIT_RETENTION_DAYS'>;
  db: Database;
  sessions: Sessions;
  audit: Audit;
  metrics: Metrics;
  log: Logger;
}

export interface Housekeeping extends Component {
  /** One round, until nothing is left to delete or the process stops. */
  sweep(): Promise<void>;
}

/**
 * Deletes what has ended, in small batches: sessions with their refresh tokens, windows of the login throttle, old
 * entries of the audit log. Any number of processes may do so at once: a batch that another has deleted already ends
 * the round of the later one.
 */
export function createHousekeeping({
  config,
  db,
  sessions,
  audit,
  metrics,
  log,
}: Dependencies): Housekeeping {
  const closing = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;

  async function inBatches(what: string, deleteBatch: () => Promise<number>): Promise<number> {
    let total = 0;
    for (;;) {
      const deleted = await deleteBatch();
      total += deleted;
      metrics.swept.inc({ what }, deleted);
      if (deleted < BATCH || closing.signal.aborted) return total;
      await sleep(PAUSE_MS, undefined, { signal: closing.signal }).catch(() => undefined);
    }
  }

  async function sweepAudit(): Promise<number> {
    if (config.AUDIT_RETENTION_DAYS === 0) return 0;
    const before = Date.now() - config.AUDIT_RETENTION_DAYS * DAY_MS;
    const deleted = await inBatches('audit_logs', () => audit.deleteBefore(before, BATCH));
    if (deleted === 0) return 0;
    log.info({ deleted, before: new Date(before).toISOString() }, 'deleted old entries of the audit log');
    const changes = { entries: { from: deleted, to: 0 }, before: { to: new Date(before).toISOString() } };
    await audit.event(SYSTEM_ACTOR, {
      action: 'audit.expired',
      resourceType: 'audit_log',
      resourceId: null,
      changes,
    });
    return deleted;
  }

  async function sweep(): Promise<void> {
    try {
      const deleted = {
        sessions: await inBatches('sessions', () => sessions.sweep(BATCH)),
        windows: await inBatches('login_windows', () => deleteEndedWindows(db.knex, Date.now(), BATCH)),
        auditLogs: await sweepAudit(),
      };
      log.debug(deleted, 'swept');
    } catch (error) {
      log.warn({ err: error }, 'could not sweep; trying again in an hour');
    }
  }

  function sweepIn(ms: number): void {
    timer = setTimeout(async () => {
      running = sweep();
      await running;
      if (!closing.signal.aborted) sweepIn(INTERVAL_MS);
    }, ms);
  }

  return {
    name: 'housekeeping',
    sweep,
    start: () => sweepIn(FIRST_MIN_MS + Math.random() * (FIRST_MAX_MS - FIRST_MIN_MS)),
    async close() {
      closing.abort();
      clearTimeout(timer);
      await running;
    },
  };
}
