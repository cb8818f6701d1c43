import { describe, expect, it } from 'vitest';
import {
  isRetryable,
  isUniqueViolation,
  spoilsConnection,
  type UnavailabilityReason,
  UnknownOutcomeError,
  unavailability,
} from './errors.ts';

const error = (fields: object, message = 'select 1 - failed') => Object.assign(new Error(message), fields);

/** Errors as the drivers throw them. */
const CASES: [string, Error, UnavailabilityReason | undefined][] = [
  ['nothing listens', error({ code: 'ECONNREFUSED', syscall: 'connect', errno: -111 }), 'no_connection'],
  ['connecting takes too long (mysql2)', error({ code: 'ETIMEDOUT', syscall: 'connect' }), 'no_connection'],
  ['connecting takes too long (pg)', error({}, 'timeout expired'), 'no_connection'],
  ['a wrong password (postgres)', error({ code: '28P01' }), 'no_connection'],
  ['a certificate of somebody else', error({ code: 'X' }, 'self-signed certificate'), 'no_connection'],
  ['a silent connection', error({ code: 'ETIMEDOUT', errno: -110, syscall: 'read' }), 'connection_lost'],
  ['a reset', error({ code: 'ECONNRESET', errno: -104, syscall: 'read' }), 'connection_lost'],
  ['pg_terminate_backend', error({ code: '57P01' }), 'connection_lost'],
  ['pg notices late', error({}, 'select 1 - Connection terminated unexpectedly'), 'connection_lost'],
  ['KILL (mysql)', error({ code: 'PROTOCOL_CONNECTION_LOST', fatal: true }), 'connection_lost'],
  ['KILL (mariadb)', error({ code: 'ER_CONNECTION_KILLED', errno: 1927 }), 'connection_lost'],
  ['too many clients (postgres)', error({ code: '53300' }), 'pool_exhausted'],
  ['too many clients (mysql)', error({ code: 'ER_CON_COUNT_ERROR', errno: 1040 }), 'pool_exhausted'],
  ['an exhausted pool', error({ code: 'POOL_TIMEOUT' }), 'pool_exhausted'],
  ['a full disk (postgres)', error({ code: '53100' }), 'disk_full'],
  ['a full disk (mysql)', error({ code: 'ER_RECORD_FILE_FULL', errno: 1114 }), 'disk_full'],
  [
    'a full disk (mariadb)',
    error(
      { code: 'ER_ERROR_ON_WRITE', errno: 1026 },
      'Error writing file (Errcode: 28 "No space left on device")',
    ),
    'disk_full',
  ],
  ['a full disk (sqlite)', error({ code: 'SQLITE_FULL' }), 'disk_full'],
  ['a standby (postgres)', error({ code: '25006' }), 'read_only'],
  ['--read-only (mysql)', error({ code: 'ER_OPTION_PREVENTS_STATEMENT', errno: 1290 }), 'read_only'],
  ['a file without write permission', error({ code: 'SQLITE_READONLY_DBMOVED' }), 'read_only'],
  ['statement_timeout', error({ code: '57014' }), 'timeout'],
  ['max_execution_time', error({ code: 'ER_QUERY_TIMEOUT', errno: 3024 }), 'timeout'],
  ['max_statement_time', error({ errno: 1969 }), 'timeout'],
  ['a lock (sqlite)', error({ code: 'SQLITE_BUSY_SNAPSHOT' }), 'timeout'],
  ['starting up (postgres)', error({ code: '57P03' }), 'not_ready'],
  ['out of its cluster (galera)', error({ code: 'ER_UNKNOWN_COM_ERROR', errno: 1047 }), 'not_ready'],
  ['a doubled key', error({ code: '23505' }), undefined],
  [
    'a doubled key that reads like a failure (mysql)',
    error({ code: 'ER_DUP_ENTRY', errno: 1062 }, "Duplicate entry 'certificate: Got error 28' for key 'k'"),
    undefined,
  ],
  [
    'a table of certificates that is not there (postgres)',
    error({ code: '42P01', severity: 'ERROR' }, 'select "tls" from "certificate" - no such relation'),
    undefined,
  ],
  [
    'the same (mysql)',
    error({ code: 'ER_NO_SUCH_TABLE', errno: 1146 }, 'select `tls` from `certificate` - no such table'),
    undefined,
  ],
  [
    'the same (sqlite)',
    error({ code: 'SQLITE_ERROR' }, 'select `tls` from `certificate` - no such table'),
    undefined,
  ],
  ['a table that is not there', error({ code: '42P01' }), undefined],
  ['a bug', new TypeError('x is not a function'), undefined],
];

describe('unavailability', () => {
  it.each(CASES)('%s', (_what, thrown, reason) => {
    expect(unavailability(thrown)?.reason).toBe(reason);
  });

  it('says of an unanswered COMMIT that the change may have happened', () => {
    const unknown = unavailability(new UnknownOutcomeError(error({ code: 'ECONNRESET' })));
    expect(unknown).toMatchObject({
      reason: 'connection_lost',
      sentence: expect.stringMatching(/may or may not have happened/),
    });
  });
});

describe('isRetryable', () => {
  it.each([
    ['40P01', {}],
    ['40001', {}],
    ['ER_LOCK_DEADLOCK', { errno: 1213 }],
    ['ER_LOCK_WAIT_TIMEOUT', { errno: 1205 }],
    ['SQLITE_BUSY', {}],
    ['SQLITE_BUSY_SNAPSHOT', {}],
  ])('%s', (code, fields) => {
    expect(isRetryable(error({ code, ...fields }))).toBe(true);
  });

  it.each(['23505', 'ECONNRESET', '57014'])('not %s', (code) => {
    expect(isRetryable(error({ code }))).toBe(false);
  });
});

it('tells a doubled key on every database', () => {
  for (const fields of [
    { code: '23505' },
    { code: 'ER_DUP_ENTRY', errno: 1062 },
    { code: 'SQLITE_CONSTRAINT_PRIMARYKEY' },
  ])
    expect(isUniqueViolation(error(fields))).toBe(true);
  expect(isUniqueViolation(error({ code: '23503' }))).toBe(false);
});

it('keeps connections whose statement was refused, and SQLite its only one', () => {
  expect(spoilsConnection(error({ code: '25006' }))).toBe(true);
  expect(spoilsConnection(error({ code: 'ECONNRESET' }))).toBe(true);
  for (const code of ['23505', '40P01', '57014', '53100', 'SQLITE_READONLY', 'SQLITE_CANTOPEN'])
    expect(spoilsConnection(error({ code }))).toBe(false);
});
