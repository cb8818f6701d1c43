import jwt from 'jsonwebtoken';
import { describe, expect, it, vi } from 'vitest';
import { signAccessToken, verifyAccessToken } from './tokens.ts';

const [key, next] = [
  { kid: 'one', secret: 'a-secret-only-for-tests-0123456789' },
  { kid: 'two', secret: 'b-secret-only-for-tests-0123456789' },
];
const config = {
  JWT_KEYS: [key!],
  JWT_ISSUER: 'tripod',
  JWT_AUDIENCE: 'tripod-api',
  ACCESS_TOKEN_TTL_S: 900,
};
const subject = { userId: 'u', sessionId: 's', role: 'viewer' };
const claims = { sub: 'u', sid: 's', role: 'viewer', jti: 'j', iss: 'tripod', aud: 'tripod-api' };

describe('access tokens', () => {
  it('carry what was promised', () => {
    const { token, expiresAt } = signAccessToken(config, subject);
    const { header, payload } = jwt.decode(token, { complete: true })!;
    expect(header).toMatchObject({ alg: 'HS256', kid: 'one' });
    expect(payload).toMatchObject({
      iss: 'tripod',
      aud: 'tripod-api',
      sub: 'u',
      sid: 's',
      role: 'viewer',
      exp: expiresAt / 1000,
    });
    expect(payload).toHaveProperty('jti');
    expect(verifyAccessToken(config, token)).toMatchObject({ sub: 'u', sid: 's' });
  });

  it('survive a key rotation and die with their key', () => {
    const { token } = signAccessToken(config, subject);
    const rotated = { ...config, JWT_KEYS: [next!, key!] };
    expect(verifyAccessToken(rotated, token).sid).toBe('s');
    expect(jwt.decode(signAccessToken(rotated, subject).token, { complete: true })?.header.kid).toBe('two');
    expect(() => verifyAccessToken({ ...config, JWT_KEYS: [next!] }, token)).toThrow('not valid');
  });

  it.each([
    ['another algorithm', jwt.sign(claims, key!.secret, { algorithm: 'HS512', keyid: 'one', expiresIn: 60 })],
    ['no algorithm', jwt.sign(claims, '', { algorithm: 'none', keyid: 'one', expiresIn: 60 })],
    ['another issuer', jwt.sign({ ...claims, iss: 'x' }, key!.secret, { keyid: 'one', expiresIn: 60 })],
    [
      'another audience',
      jwt.sign({ ...claims, aud: 'fastpath' }, key!.secret, { keyid: 'one', expiresIn: 60 }),
    ],
    ['another key', jwt.sign(claims, next!.secret, { keyid: 'one', expiresIn: 60 })],
    ['an unknown kid', jwt.sign(claims, key!.secret, { keyid: 'x', expiresIn: 60 })],
    ['no kid', jwt.sign(claims, key!.secret, { expiresIn: 60 })],
    [
      'a missing claim',
      jwt.sign({ ...claims, sid: undefined }, key!.secret, { keyid: 'one', expiresIn: 60 }),
    ],
    ['garbage', 'a.b.c'],
    ['a payload that is no JSON', `${btoa('{"typ":"JWT","kid":"one"}')}.${btoa('not JSON')}.c2ln`],
  ])('%s is refused', (_name, token) => {
    expect(() => verifyAccessToken(config, token)).toThrow(
      expect.objectContaining({ code: 'unauthenticated' }),
    );
  });

  it('expire at their second also when they have been seen before', () => {
    const { token, expiresAt } = signAccessToken(config, subject);
    expect(verifyAccessToken(config, token).sid).toBe('s');
    vi.useFakeTimers({ now: expiresAt - 1 });
    try {
      expect(verifyAccessToken(config, token).sid).toBe('s');
      vi.setSystemTime(expiresAt);
      for (let again = 0; again < 2; again++) {
        expect(() => verifyAccessToken(config, token)).toThrow(
          expect.objectContaining({ code: 'token_expired' }),
        );
      }
    } finally {
      vi.useRealTimers();
    }
  });

  it('are refused with another signature after they have been seen', () => {
    const { token } = signAccessToken(config, subject);
    verifyAccessToken(config, token);
    const forged = `${token.slice(0, token.lastIndexOf('.'))}.${'A'.repeat(43)}`;
    expect(() => verifyAccessToken(config, forged)).toThrow('not valid');
  });

  it('tell when they have expired', () => {
    const token = jwt.sign(claims, key!.secret, { keyid: 'one', expiresIn: -1 });
    expect(() => verifyAccessToken(config, token)).toThrow(
      expect.objectContaining({ code: 'token_expired' }),
    );
  });
});
