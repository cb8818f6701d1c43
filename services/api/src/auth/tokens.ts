import { createHash, createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
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
export type Claims = z.output<typeof Claims>;

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
  const { keys, verified } = verifierOf(config);
  const known = verified.get(token);
  // The same second as jsonwebtoken's: expired is what ends now.
  if (known && known.exp > Math.floor(Date.now() / 1000)) return known;
  verified.delete(token);
  const claims = verify(config, keys, token);
  if (verified.size >= MAX_VERIFIED) verified.delete(verified.keys().next().value!);
  verified.set(token, claims);
  return claims;
}

/** A token is sent with every request for a quarter of an hour. So many of them are remembered as verified. */
const MAX_VERIFIED = 10_000;

interface Verifier {
  /** By kid. From a plain string jsonwebtoken would try to read a public key first, at each call. */
  keys: ReadonlyMap<string, KeyObject>;
  /** A token that is right with these keys stays so until it expires. The oldest first. */
  verified: Map<string, Claims>;
}

const verifiers = new WeakMap<TokenConfig, Verifier>();

function verifierOf(config: TokenConfig): Verifier {
  let verifier = verifiers.get(config);
  if (!verifier) {
    const keys = config.JWT_KEYS.map(({ kid, secret }) => [kid, createSecretKey(secret, 'utf8')] as const);
    verifier = { keys: new Map(keys), verified: new Map() };
    verifiers.set(config, verifier);
  }
  return verifier;
}

function verify(config: TokenConfig, keys: Verifier['keys'], token: string): Claims {
  try {
    const key = keys.get(jwt.decode(token, { complete: true })?.header.kid ?? '');
    if (!key) throw new Error('No key has the kid of this token');
    const options = {
      algorithms: ['HS256' as const],
      issuer: config.JWT_ISSUER,
      audience: config.JWT_AUDIENCE,
    };
    return Claims.parse(jwt.verify(token, key, options));
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
