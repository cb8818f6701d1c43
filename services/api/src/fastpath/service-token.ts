import { Metadata } from '@grpc/grpc-js';
import jwt from 'jsonwebtoken';

const LIFE_S = 60;
/** A cached token is handed out only while at least half of its life is left for the call and clock skew. */
const RENEW_AFTER_MS = (LIFE_S * 1000) / 2;

/**
 * Makes the metadata that proves to a fast path that the caller is the API: a JWT (HS256, 60 s, aud "fastpath").
 * One token serves many calls, because signing for each call would cost more than the call.
 */
export function createServiceToken(secret: string, now: () => number = Date.now): () => Metadata {
  let token = '';
  let mintedAt = Number.NEGATIVE_INFINITY;
  return () => {
    const time = now();
    if (time - mintedAt >= RENEW_AFTER_MS || time < mintedAt) {
      const iat = Math.floor(time / 1000);
      token = jwt.sign({ iat, exp: iat + LIFE_S, iss: 'tripod-api', aud: 'fastpath' }, secret, {
        algorithm: 'HS256',
      });
      mintedAt = time;
    }
    const metadata = new Metadata();
    metadata.set('authorization', `Bearer ${token}`);
    return metadata;
  };
}
