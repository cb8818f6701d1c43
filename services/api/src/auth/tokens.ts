import { createHash, randomBytes } from 'node:crypto';
import jwt from 'jsonwebtoken';
import { v7 as uuidv7 } from 'uuid';
import { z } from 'zod';
import { AppError } from '../errors.ts';

interface TokenConfig {
  JWT_KEYS: readonly { kid: string; secret: string }[];
  JWT_ISSUER: string;
  JWT_AUDIENCE: string;
  ACCESS_TOKEN_TTL_S: number;
}

// jsonwebtoken checks exp only where there is one.
const Claims = z.object({
  sub: z.string(),
  sid: z.string(),
  role: z.string(),
  jti: z.string(),
  exp: z.number(),
});
type Claims = z.output<typeof Claims>;

interface AccessToken {
  token: string;
  /** Epoch milliseconds. */
  expiresAt: number;
}

/** Signs with the first key; the others only verify, so that a key can be replaced without logging anybody out. */
export function signAccessToken(
  config: TokenConfig,
  subject: { userId: string; sessionId: string; role: string },
): AccessToken {
  const key = config.JWT_KEYS[0]!;
  const iat = Math.floor(Date.now() / 1000);
  const exp = iat + config.ACCESS_TOKEN_TTL_S;
  const token = jwt.sign({ sid: subject.sessionId, role: subject.role, iat, exp }, key.secret, {
    algorithm: 'HS256',
    keyid: key.kid,
    issuer: config.JWT_ISSUER,
    audience: config.JWT_AUDIENCE,
    subject: subject.userId,
    jwtid: uuidv7(),
  });
  return { token, expiresAt: exp * 1000 };
}

/**
 * Signature, algorithm, issuer, audience and times; whether the session lives is the caller's next question.
 * @throws AppError token_expired or unauthenticated.
 */
export function verifyAccessToken(config: TokenConfig, token: string): Claims {
  try {
    const kid = jwt.decode(token, { complete: true })?.header.kid;
    const key = config.JWT_KEYS.find((candidate) => candidate.kid === kid);
    if (!key) throw new Error('No key has the kid of this token');
    const options = {
      algorithms: ['HS256' as const],
      issuer: config.JWT_ISSUER,
      audience: config.JWT_AUDIENCE,
    };
    return Claims.parse(jwt.verify(token, key.secret, options));
  } catch (cause) {
    if (cause instanceof jwt.TokenExpiredError) throw new AppError('token_expired', undefined, { cause });
    throw new AppError('unauthenticated', 'The access token is not valid', { cause });
  }
}

/** 256 random bits; only hashToken() of them is stored. */
export function newRefreshToken(): string {
  return randomBytes(32).toString('base64url');
}

/** SHA-256 without salt is enough: the input is random and long. */
export function hashToken(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}
