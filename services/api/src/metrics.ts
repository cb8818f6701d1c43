import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { END_REASONS } from './auth/sessions.ts';
import type { Database } from './db/database.ts';
import { registerDatabaseMetrics } from './db/metrics.ts';

/** What housekeeping deletes. */
const SWEPT = ['sessions', 'login_windows', 'audit_logs'] as const;

/** Sessions are counted no more often, whoever scrapes. */
const COUNT_EVERY_MS = 60_000;

const LOGIN_OUTCOMES = ['success', 'invalid', 'inactive', 'throttled'] as const;

export interface Metrics {
  registry: Registry;
  requests: Histogram<'method' | 'route' | 'status'>;
  logins: Counter<'outcome'>;
  sessionsEnded: Counter<'reason'>;
  rateLimited: Counter<'by'>;
  swept: Counter<'what'>;
}

/** A registry per context, so that tests and several apps in one process do not share counters. */
export function createMetrics(db: Database, countSessions: () => Promise<number>): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  registerDatabaseMetrics(registry, db);
  sessionsGauge(registry, countSessions);
  const requests = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Time from the request to the end of its response',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [registry],
  });
  const logins = new Counter({
    name: 'auth_logins_total',
    help: 'Login attempts by outcome',
    labelNames: ['outcome'],
    registers: [registry],
  });
  const sessionsEnded = new Counter({
    name: 'auth_sessions_ended_total',
    help: 'Sessions ended before their time, by reason',
    labelNames: ['reason'],
    registers: [registry],
  });
  const rateLimited = new Counter({
    name: 'http_rate_limited_total',
    help: 'Requests refused because their user or address has sent too many',
    labelNames: ['by'],
    registers: [registry],
  });
  const swept = new Counter({
    name: 'housekeeping_deleted_rows_total',
    help: 'Rows that this process deleted because their time was over',
    labelNames: ['what'],
    registers: [registry],
  });
  // A series must exist before it first grows, or rate() misses that.
  for (const outcome of LOGIN_OUTCOMES) logins.inc({ outcome }, 0);
  for (const reason of END_REASONS) sessionsEnded.inc({ reason }, 0);
  for (const by of ['user', 'address']) rateLimited.inc({ by }, 0);
  for (const what of SWEPT) swept.inc({ what }, 0);
  return { registry, requests, logins, sessionsEnded, rateLimited, swept };
}

function sessionsGauge(registry: Registry, countSessions: () => Promise<number>): void {
  let countAgainAt = 0;
  new Gauge({
    name: 'auth_sessions_live',
    help:
      'Sessions that are neither ended nor expired, in the whole database, as far as 100,000, as of the last minute; ' +
      'NaN while it does not answer',
    registers: [registry],
    async collect() {
      if (Date.now() < countAgainAt) return;
      // A database that is down must not take the other metrics with it; NaN is how Prometheus says "unknown".
      const count = await countSessions().catch(() => Number.NaN);
      this.set(count);
      if (!Number.isNaN(count)) countAgainAt = Date.now() + COUNT_EVERY_MS;
    },
  });
}
