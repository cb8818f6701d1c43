import { createHmac } from 'node:crypto';

export type Claims = Record<string, unknown>;

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** Header and claims of a token, unverified. */
export function decode(token: string): { header: Claims; claims: Claims } {
  const [header, claims] = token
    .split('.', 2)
    .map((part) => JSON.parse(Buffer.from(part, 'base64url').toString()));
  return { header, claims };
}

const DIGESTS: Record<string, string> = { HS256: 'sha256', HS384: 'sha384', HS512: 'sha512' };

/** Signs whatever it is told to, made without the product's library so that an attack is not refused on our side. */
export function forge(header: Claims, claims: Claims, key: string): string {
  const signed = `${encode(header)}.${encode(claims)}`;
  const digest = DIGESTS[String(header.alg)];
  return `${signed}.${digest ? createHmac(digest, key).update(signed).digest('base64url') : ''}`;
}

/** A service token as the API makes it for the fast path. */
export function serviceToken(secret: string, claims: Claims = {}): string {
  const now = Math.floor(Date.now() / 1000);
  const usual = { iss: 'tripod-api', aud: 'fastpath', iat: now, exp: now + 60 };
  return forge({ alg: 'HS256', typ: 'JWT' }, { ...usual, ...claims }, secret);
}

/** The secret of the first key of a `kid:secret,…` list. */
export function firstSecret(jwtKeys: string): string {
  return jwtKeys.split(',')[0]!.split(':')[1]!;
}
