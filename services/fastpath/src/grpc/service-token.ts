import jwt from 'jsonwebtoken';
import { AppError } from '../errors.ts';

const MAX_LIFETIME_S = 60;
// Clocks of two nodes differ a little; a token of 60 s must survive that.
const CLOCK_TOLERANCE_S = 5;

/**
 * Checks the `authorization` metadata of a call: a JWT signed by the API with the shared secret.
 * @throws AppError `unauthenticated`; the message never repeats the token.
 */
export function verifyServiceToken(header: string | undefined, secret: string): void {
  const token = /^Bearer (\S+)$/i.exec(header ?? '')?.[1];
  if (token === undefined) {
    throw new AppError('unauthenticated', 'authorization metadata with a Bearer service token is required');
  }
  const { iat, exp } = decode(token, secret);
  const now = Date.now() / 1000;
  if (iat === undefined || exp === undefined || exp - iat > MAX_LIFETIME_S || iat > now + CLOCK_TOLERANCE_S) {
    throw new AppError(
      'unauthenticated',
      `service token must have iat (not in the future) and exp at most ${MAX_LIFETIME_S} s later`,
    );
  }
}

function decode(token: string, secret: string): jwt.JwtPayload {
  try {
    return jwt.verify(token, secret, {
      algorithms: ['HS256'],
      audience: 'fastpath',
      issuer: 'tripod-api',
      clockTolerance: CLOCK_TOLERANCE_S,
    }) as jwt.JwtPayload;
  } catch (error) {
    throw new AppError('unauthenticated', `service token refused: ${(error as Error).message}`, {
      cause: error,
    });
  }
}
