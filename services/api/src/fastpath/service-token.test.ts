import jwt from 'jsonwebtoken';
import { describe, expect, it } from 'vitest';
import { createServiceToken } from './service-token.ts';

const SECRET = 'a-secret-0123456789-0123456789-0123456789';

describe('createServiceToken', () => {
  it('mints a token of at most 60 s, reuses it, and renews it long before it expires', () => {
    let now = 1_700_000_000_999;
    const token = createServiceToken(SECRET, () => now);
    const read = () => String(token().get('authorization')[0]);
    const first = read();
    const payload = jwt.verify(first.replace('Bearer ', ''), SECRET, {
      algorithms: ['HS256'],
      audience: 'fastpath',
      issuer: 'tripod-api',
      clockTimestamp: now / 1000,
    }) as jwt.JwtPayload;
    expect(payload.exp! - payload.iat!).toBe(60);
    now += 29_999;
    expect(read()).toBe(first);
    now += 1;
    expect(read()).not.toBe(first);
    now -= 60_000;
    expect(jwt.decode(read().replace('Bearer ', '')), 'a clock that went back').toMatchObject({
      iat: Math.floor(now / 1000),
    });
  });
});
