/**
 * What an error of a driver means. The four databases say the same thing in many ways; the rest of the code asks: is
 * it a doubled key, may the transaction be run again, is the database unavailable (and why), is the connection of any
 * more use, and can it be that a COMMIT has happened although it failed?
 *
 * MySQL and MariaDB are told by number: the driver knows the names of MySQL only, and MariaDB has numbers of its own.
 */

/** Why the database cannot do what was asked, though nothing is wrong with the request. */
export const UNAVAILABILITY_REASONS = [
  'no_connection',
  'connection_lost',
  'pool_exhausted',
  'disk_full',
  'read_only',
  'timeout',
  'not_ready',
] as const;
export type UnavailabilityReason = (typeof UNAVAILABILITY_REASONS)[number];

export interface Unavailability {
  reason: UnavailabilityReason;
  /** For people; names no host, no statement and no value. */
  sentence: string;
}

const SENTENCES: Readonly<Record<UnavailabilityReason, string>> = {
  no_connection: 'The database does not accept connections.',
  connection_lost: 'The connection to the database was lost.',
  pool_exhausted: 'All connections to the database are in use.',
  disk_full: 'The disk of the database is full.',
  read_only: 'The database accepts no changes at the moment.',
  timeout: 'The database took too long.',
  not_ready: 'The database is starting, stopping or out of its cluster.',
};

/** By SQLSTATE (PostgreSQL), number (MySQL, MariaDB) and code (SQLite, Node). */
const REASONS = new Map<string, UnavailabilityReason>(
  Object.entries({
    no_connection:
      'ECONNREFUSED ENOTFOUND EAI_AGAIN EHOSTUNREACH ENETUNREACH EADDRNOTAVAIL 08001 08004 ' +
      'SQLITE_CANTOPEN SQLITE_NOTADB SQLITE_CORRUPT SQLITE_PERM ' +
      // Wrong user, password, database or host: as little use as no server at all.
      '28000 28P01 3D000 1043 1044 1045 1049 1129 1130 1698',
    // 57P01: also what pg_terminate_backend says. 1927, 3169, 4031: killed, idle for too long.
    connection_lost:
      'ECONNRESET ECONNABORTED ENETDOWN ENETRESET EHOSTDOWN ERR_STREAM_DESTROYED ERR_STREAM_WRITE_AFTER_END EPIPE ETIMEDOUT ENOTCONN 08000 08003 08006 08007 25P03 57P01 57P05 ' +
      'PROTOCOL_CONNECTION_LOST PROTOCOL_ENQUEUE_AFTER_FATAL_ERROR PROTOCOL_ENQUEUE_AFTER_QUIT ' +
      'PROTOCOL_PACKETS_OUT_OF_ORDER 1152 1158 1159 1160 1161 1184 1927 3169 4031 SQLITE_IOERR',
    pool_exhausted: 'POOL_TIMEOUT 53300 1040 1203 1226',
    disk_full: 'ENOSPC 53100 1021 1114 3675 SQLITE_FULL',
    read_only: '25006 1290 1792 1836 1874 SQLITE_READONLY',
    // Statement, transaction and lock timeouts, and deadlocks in spite of all retries; 1969 is MariaDB's.
    timeout:
      '57014 25P04 55P03 40001 40P01 1020 1205 1213 1317 1969 3024 3572 PROTOCOL_SEQUENCE_TIMEOUT SQLITE_BUSY SQLITE_LOCKED',
    // 1047: a Galera node outside of the primary component.
    not_ready: '57P02 57P03 57P04 53000 53200 1047 1053 1077 1079 3032 3168 SQLITE_NOMEM SQLITE_PROTOCOL',
  }).flatMap(([reason, codes]) => codes.split(' ').map((code) => [code, reason as UnavailabilityReason])),
);

const MESSAGES: readonly (readonly [RegExp, UnavailabilityReason])[] = [
  // MySQL wraps what its storage says: "Got error 28 - 'No space left on device' from storage engine".
  [/No space left on device|errno: 28\b|\(os errno 28\b|Got error 28\b/i, 'disk_full'],
  [
    /Connection terminated|Client has encountered a connection error|Connection is closed/i,
    'connection_lost',
  ],
  [/(command when connection is|write) in closed state/i, 'connection_lost'],
  [/timeout expired|certificate|\b(SSL|TLS)\b/i, 'no_connection'],
  [/Unable to acquire a connection/i, 'no_connection'],
];

/** The keys under which an error is looked up, from the most particular one. */
function keys(error: unknown): string[] {
  const { code, errno, syscall } = (error ?? {}) as Record<string, unknown>;
  // A timeout while connecting is not one of a connection.
  if (syscall === 'connect') return ['ECONNREFUSED'];
  const text = String(code ?? '');
  // SQLITE_BUSY_SNAPSHOT is a SQLITE_BUSY.
  const family = /^SQLITE_[A-Z]+/.exec(text)?.[0] ?? text;
  // Errors of the system have negative numbers.
  return typeof errno === 'number' && errno > 0 ? [String(errno), text] : [text, family];
}

function isOneOf(error: unknown, codes: ReadonlySet<string>): boolean {
  return keys(error).some((key) => codes.has(key));
}

/** A database said it, not the driver about its connection. */
function isAnswer(error: unknown): boolean {
  const { code, errno, severity } = error as Record<string, unknown>;
  return severity !== undefined || (typeof errno === 'number' && errno > 0) || /^SQLITE_/.test(String(code));
}

/** Why the database could not serve; undefined when it did answer, and refused. */
export function unavailability(error: unknown): Unavailability | undefined {
  if (!(error instanceof Error)) return undefined;
  if (error instanceof UnknownOutcomeError) return { reason: 'connection_lost', sentence: error.message };
  // Its message quotes what a client has sent, which may be any text.
  if (isUniqueViolation(error)) return undefined;
  const reason =
    MESSAGES.find(([pattern, about]) => about === 'disk_full' && pattern.test(error.message))?.[1] ??
    keys(error)
      .map((key) => REASONS.get(key))
      .find(Boolean) ??
    // A message begins with the SQL, and that may be about a table of certificates.
    (isAnswer(error) ? undefined : MESSAGES.find(([pattern]) => pattern.test(error.message))?.[1]);
  return reason && { reason, sentence: SENTENCES[reason] };
}

/** A COMMIT was sent and not answered. Nobody may run the transaction again: it may have happened. */
export class UnknownOutcomeError extends Error {
  override readonly name = 'UnknownOutcomeError';

  constructor(cause: unknown) {
    super(
      'The connection to the database was lost while the change was being saved: it may or may not have happened.',
      { cause },
    );
  }
}

const RETRYABLE = new Set(
  // Deadlock, serialization failure, lock timeout; 1020: changed since read; 1213 is also Galera's certification.
  '40001 40P01 55P03 1020 1205 1213 3101 SQLITE_BUSY'.split(' '),
);

/** Deadlock, serialization failure, lock timeout or stale plan: the transaction may be tried again as a whole. */
export function isRetryable(error: unknown): boolean {
  return isOneOf(error, RETRYABLE) || isStalePlan(error);
}

/** PostgreSQL: a prepared statement is gone (26000) or no longer fits the table. It has not run. */
export function isStalePlan(error: unknown): boolean {
  const { code, routine } = (error ?? {}) as { code?: unknown; routine?: unknown };
  return code === '26000' || (code === '0A000' && routine === 'RevalidateCachedQuery');
}

const UNIQUE = new Set(
  '23505 1022 1062 1586 SQLITE_CONSTRAINT_UNIQUE SQLITE_CONSTRAINT_PRIMARYKEY'.split(' '),
);

/** A unique index refused the row. */
export function isUniqueViolation(error: unknown): boolean {
  return isOneOf(error, UNIQUE);
}

/** The connection that said this is of no more use, or leads to a server that is of none: it must leave the pool. */
export function spoilsConnection(error: unknown): boolean {
  const reason = unavailability(error)?.reason;
  return (
    (reason === 'connection_lost' ||
      reason === 'read_only' ||
      reason === 'not_ready' ||
      reason === 'no_connection') &&
    !keys(error).some((key) => key.startsWith('SQLITE_'))
  );
}
