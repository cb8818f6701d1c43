import jwt from 'jsonwebtoken';
import { expect, test } from 'vitest';
import { verifyServiceToken } from './service-token.ts';

const SECRET = 'a-secret-of-these-tests-0123456789abcdef';
const VALID = { audience: 'fastpath', issuer: 'tripod-api', expiresIn: 60 } as const;
const bearer = (options: jwt.SignOptions = VALID, claims: object = {}, secret = SECRET) =>
  `Bearer ${jwt.sign(claims, secret, options)}`;
const now = () => Math.floor(Date.now() / 1000);

test('takes what the API signs', () => {
  expect(() => verifyServiceToken(bearer(), SECRET)).not.toThrow();
});

const unsigned = `Bearer ${jwt.sign({}, '', { ...VALID, algorithm: 'none' })}`;
test.each<[string, string | undefined]>([
  ['no token', undefined],
  ['an empty header', ''],
  ['another scheme', bearer().replace('Bearer', 'Basic')],
  ['garbage', 'Bearer a.b.c'],
  ['a foreign secret', bearer(VALID, {}, 'another-secret-0123456789abcdefghijklmnop')],
  ['another audience', bearer({ ...VALID, audience: 'tripod-api' })],
  ['no audience', bearer({ issuer: 'tripod-api', expiresIn: 60 })],
  ['another issuer', bearer({ ...VALID, issuer: 'somebody' })],
  ['an expired token', bearer({ ...VALID, expiresIn: -10 })],
  ['a token without exp', bearer({ audience: 'fastpath', issuer: 'tripod-api' })],
  ['more than 60 s of life', bearer({ ...VALID, expiresIn: 61 })],
  ['a token from the future', bearer(VALID, { iat: now() + 600 })],
  ['another algorithm', bearer({ ...VALID, algorithm: 'HS512' })],
  ['alg none', unsigned],
])('refuses %s', (_what, header) => {
  expect(() => verifyServiceToken(header, SECRET)).toThrow(
    expect.objectContaining({ code: 'unauthenticated' }),
  );
});

test('never repeats the token', () => {
  const header = bearer(VALID, {}, 'another-secret-0123456789abcdefghijklmnop');
  expect(() => verifyServiceToken(header, SECRET)).toThrow(/^((?!eyJ).)*$/);
});
