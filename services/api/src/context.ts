import type { Logger } from 'pino';
import { type Audit, createAudit } from './audit/audit.ts';
import { type Auth, createAuth } from './auth/auth.service.ts';
import { createPasswords, type Passwords } from './auth/passwords.ts';
import { createSessions, type Sessions } from './auth/sessions.ts';
import type { Config } from './config.ts';
import { type Database, openDatabase } from './db/database.ts';
import { registerDatabaseChecks } from './db/readiness.ts';
import { createFastPath, type FastPath } from './fastpath/fastpath.ts';
import { createHealth, type Health } from './health.ts';
import { createHousekeeping } from './housekeeping.ts';
import type { RateLimit } from './http/rate-limit.ts';
import { createStreamQuota, type StreamQuota } from './http/stream-quota.ts';
import { createLifecycle, type Lifecycle } from './lifecycle.ts';
import { createLogger } from './logger.ts';
import { createMetrics, type Metrics } from './metrics.ts';
import { createRuleSource } from './rules/rule-source.ts';
import { createRules, type Rules } from './rules/rules.service.ts';
import { createSharedState } from './shared-state.ts';
import { createUsers, type Users } from './users/users.service.ts';

/** Everything that lives as long as the process. Services get what they need of it, routes get it whole. */
export interface Context {
  readonly config: Config;
  readonly log: Logger;
  readonly db: Database;
  readonly metrics: Metrics;
  readonly health: Health;
  readonly lifecycle: Lifecycle;
  readonly audit: Audit;
  readonly passwords: Passwords;
  readonly sessions: Sessions;
  readonly auth: Auth;
  readonly rateLimit: RateLimit;
  readonly users: Users;
  readonly rules: Rules;
  readonly fastpath: FastPath;
  /** Exports that run: each reads a whole table. */
  readonly exports: StreamQuota;
}

/** Wires the service. Opens no connection and starts nothing: see startup.ts. Tests override what they must. */
export function createContext(config: Config, overrides: Partial<Context> = {}): Context {
  const log = overrides.log ?? createLogger(config.LOG_LEVEL);
  const lifecycle = overrides.lifecycle ?? createLifecycle(log);
  const db = overrides.db ?? openDatabase(config.database, log);
  lifecycle.use({ name: 'database', close: () => db.close() });
  const metrics = createMetrics(db, () => sessions.countLive());
  const health = createHealth(lifecycle.stopping, log);
  registerDatabaseChecks(health, db);
  const { sessionCache, rateLimit } = createSharedState({ config, log, metrics, health, lifecycle });

  const sessions = createSessions({ db, config, cache: sessionCache });
  const audit = createAudit(db, sessions.wrote);
  const passwords = createPasswords(config);
  const users = createUsers({ db, audit, passwords, sessions, metrics });
  const auth = createAuth({ config, db, audit, passwords, sessions, metrics });
  lifecycle.use(createHousekeeping({ config, db, sessions, audit, metrics, log }));
  const source = createRuleSource(db);
  const fastpath = createFastPath({ config, source, log, metrics, health, lifecycle });
  const rules = createRules({ db, audit, changed: fastpath.rulesChanged, maxEnforced: fastpath.maxRules });
  return {
    config,
    log,
    db,
    metrics,
    health,
    lifecycle,
    audit,
    passwords,
    sessions,
    auth,
    rateLimit,
    users,
    rules,
    fastpath,
    exports: createStreamQuota(2),
    ...overrides,
  };
}
