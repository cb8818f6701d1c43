import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { END_REASONS } from './auth/sessions.ts';
import type { Database } from './db/database.ts';

const LOGIN_OUTCOMES = ['success', 'invalid', 'inactive', 'throttled'] as const;

export interface Metrics {
  registry: Registry;
  requests: Histogram<'method' | 'route' | 'status'>;
  logins: Counter<'outcome'>;
  sessionsEnded: Counter<'reason'>;
}

/** A registry per context, so that tests and several apps in one process do not share counters. */
export function createMetrics(db: Database, countSessions: () => Promise<number>): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  poolGauge(registry, db);
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
  // A series must exist before it first grows, or rate() misses that.
  for (const outcome of LOGIN_OUTCOMES) logins.inc({ outcome }, 0);
  for (const reason of END_REASONS) sessionsEnded.inc({ reason }, 0);
  return { registry, requests, logins, sessionsEnded };
}

function poolGauge(registry: Registry, db: Database): void {
  new Gauge({
    name: 'db_pool_connections',
    help: 'Connections of the pool by state; waiting = requests that wait for one',
    labelNames: ['state'],
    registers: [registry],
    collect() {
      for (const [state, count] of Object.entries(db.pool())) this.set({ state }, count);
    },
  });
}

function sessionsGauge(registry: Registry, countSessions: () => Promise<number>): void {
  new Gauge({
    name: 'auth_sessions_live',
    help: 'Sessions that are neither ended nor expired, in the whole database; NaN while it does not answer',
    registers: [registry],
    async collect() {
      // A database that is down must not take the other metrics with it; NaN is how Prometheus says "unknown".
      this.set(await countSessions().catch(() => Number.NaN));
    },
  });
}
