import type { ServerConfig } from './database-config.ts';

/**
 * What every connection is told before its first use, so that the API behaves the same whatever the server's own
 * configuration says: isolation, strictness, time zone, and an end to every wait.
 */

/** Longest wait for a lock of another transaction; then the transaction is run again, within its budget. */
const LOCK_TIMEOUT_MS = 5000;
/** A transaction that does nothing for so long is ended by the server: it holds locks. */
const IDLE_IN_TRANSACTION_MS = 60_000;

type Timeouts = Pick<ServerConfig, 'statementTimeoutMs'>;

/** One simple query: PostgreSQL runs it in a single round trip. */
export function postgresSettings({ statementTimeoutMs }: Timeouts): string {
  const settings = {
    statement_timeout: statementTimeoutMs,
    lock_timeout: LOCK_TIMEOUT_MS,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS,
    default_transaction_isolation: "'read committed'",
    timezone: "'UTC'",
  };
  return Object.entries(settings)
    .map(([name, value]) => `set ${name} = ${value}`)
    .join('; ');
}

/** STRICT: a value that does not fit is an error and not cut. */
const SQL_MODE =
  'STRICT_TRANS_TABLES,ONLY_FULL_GROUP_BY,NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION';

/** What MySQL and MariaDB say of themselves: one may be configured as the other. */
export const MYSQL_VARIABLES = "show session variables where variable_name in ('version', 'wsrep_on')";

/** Statements for a server whose variables (MYSQL_VARIABLES) are these. */
export function mysqlSettings({ statementTimeoutMs }: Timeouts, variables: Map<string, string>): string[] {
  const isMariaDb = /mariadb/i.test(variables.get('version') ?? '');
  const settings = {
    sql_mode: `'${SQL_MODE}'`,
    time_zone: "'+00:00'",
    innodb_lock_wait_timeout: LOCK_TIMEOUT_MS / 1000,
    // Of the tables themselves; by default a year. An ALTER TABLE that waits for a dump holds up everybody behind it.
    lock_wait_timeout: LOCK_TIMEOUT_MS / 1000,
    // MariaDB ends any statement, in seconds; MySQL only SELECTs, in milliseconds.
    ...(isMariaDb
      ? { max_statement_time: statementTimeoutMs / 1000 }
      : { max_execution_time: statementTimeoutMs }),
    // Galera: a read on one node sees what was committed on another before it, as a logout.
    ...(variables.get('wsrep_on')?.toUpperCase() === 'ON' && { wsrep_sync_wait: 1 }),
  };
  const assignments = Object.entries(settings).map(([name, value]) => `session ${name} = ${value}`);
  // As on PostgreSQL; MySQL's own default makes locking reads lock the gaps between rows, and deadlock.
  return ['set session transaction isolation level read committed', `set ${assignments.join(', ')}`];
}
