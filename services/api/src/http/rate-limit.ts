import type { RequestHandler, Response } from 'express';
import type { Auth } from '../auth/auth.service.ts';
import { bearerToken } from '../auth/bearer.ts';
import { networkOf } from '../auth/throttle.ts';
import type { Claims } from '../auth/tokens.ts';
import { AppError } from '../errors.ts';
import { clientAddress } from './client-address.ts';
import type { RateCounter } from './rate-counters.ts';

export const WINDOW_MS = 60_000;

/** Who is counted: a user wherever he is, or an address that has not signed in. */
type Subject = { by: 'user' | 'address'; key: string };

export interface RateLimit {
  /** @throws AppError rate_limited with the seconds until the window ends. */
  admit(subject: Subject): Promise<void>;
}

interface Options {
  /** 0 = no limit. */
  perMinute: number;
  counter: RateCounter;
  onRefusal(by: Subject['by']): void;
}

export function createRateLimit({ perMinute, counter, onRefusal }: Options): RateLimit {
  if (perMinute === 0) return { admit: async () => undefined };
  return {
    async admit({ by, key }) {
      const { count, leftMs } = await counter.count(`${by}:${key}`);
      if (count <= perMinute) return;
      onRefusal(by);
      const detail = `More than ${perMinute} requests in a minute; try again when the minute is over`;
      throw new AppError('rate_limited', detail, { retryAfterS: leftMs / 1000 });
    },
  };
}

/** Whose request this is by its token, or why nobody's. */
type Identity = { claims: Claims } | { error: unknown };

interface Admission {
  identity: Identity;
  /** Settles when the counter has answered; asked at the same time as the session, in one round trip. */
  admitted: Promise<void>;
}

/** Counts the request and goes on. What does any work first waits for admission(): see mount.ts and admitted(). */
export function countRequests({ auth, rateLimit }: { auth: Auth; rateLimit: RateLimit }): RequestHandler {
  return function countRequest(req, res, next) {
    const identity = identify(auth, bearerToken(req.headers.authorization));
    const admitted = rateLimit.admit(subjectOf(identity, clientAddress(req)));
    // Whoever waits for it gets the error; a request that was aborted before leaves nobody to wait.
    admitted.catch(() => undefined);
    res.locals.admission = { identity, admitted } satisfies Admission;
    next();
  };
}

export function admission(res: Response): Admission {
  return res.locals.admission;
}

/** Lets nothing through that is over the limit. */
export function admitted(): RequestHandler {
  return async function waitForAdmission(_req, res, next) {
    await admission(res).admitted;
    next();
  };
}

function identify(auth: Auth, token: string | undefined): Identity {
  try {
    return { claims: auth.identify(token) };
  } catch (error) {
    return { error };
  }
}

/** One IPv6 customer has a /64 at least, so a network is one. */
function subjectOf(identity: Identity, address: string): Subject {
  if ('claims' in identity) return { by: 'user', key: identity.claims.sub };
  return { by: 'address', key: networkOf(address) };
}
