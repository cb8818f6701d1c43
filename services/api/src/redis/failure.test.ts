import { ReplyError } from 'ioredis';
import { expect, test } from 'vitest';
import { publicReason, refusalOf } from './failure.ts';

test.each([
  ['OOM command not allowed when used memory > maxmemory', 'OOM'],
  ["READONLY You can't write against a read only replica.", 'READONLY'],
  ['ERR Error running script (call to f_0a): @user_script:5: -OOM command not allowed', 'OOM'],
  ['WRONGPASS invalid username-password pair or user is disabled.', 'WRONGPASS'],
  ["ERR unknown command 'x', with args beginning with: 'secret-42'", 'ERR'],
  ['something else', 'ERR'],
])('%s is the refusal %s', (message, code) => {
  const error = new ReplyError(message);
  expect(refusalOf(error)).toBe(code);
  expect(publicReason(error)).toBe(`it refuses (${code})`);
});

const failure = (message: string, code?: string) => Object.assign(new Error(message), { code });
test.each([
  [failure('connect ECONNREFUSED 10.1.2.3:6379', 'ECONNREFUSED'), 'no connection (ECONNREFUSED)'],
  [failure('getaddrinfo ENOTFOUND cache.internal', 'ENOTFOUND'), 'no connection (ENOTFOUND)'],
  [
    failure("Host: cache.internal. is not in the cert's altnames", 'ERR_TLS_CERT_ALTNAME_INVALID'),
    'its certificate is not accepted (ERR_TLS_CERT_ALTNAME_INVALID)',
  ],
  [failure('Command timed out'), 'it timed out'],
  [failure('OOM at cache.internal', 'cache.internal'), 'the connection was lost'],
])('%s: says what is wrong, but not where', (error, reason) => {
  expect(refusalOf(error)).toBeUndefined();
  expect(publicReason(error)).toBe(reason);
});
