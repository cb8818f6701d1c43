import { createHash } from 'node:crypto';
import { isIPv6 } from 'node:net';
import type { Config } from '../config.ts';
import type { Database, Queryable } from '../db/database.ts';
import { AppError } from '../errors.ts';

/**
 * Failed logins are counted in the database, so that N processes count together, in windows under three keys:
 * account + address (the limit), account (5 times that) and address (10 times). The account's own counter is not
 * applied to an address from which the account has a session: others who guess from elsewhere cannot keep its owner
 * out, and no counter outlives its window.
 *
 * An attempt is counted before the password is looked at and given back when it is right: otherwise a burst of
 * parallel guesses would all pass the check before the first failure is written.
 */
interface Throttle {
  /** @throws AppError too_many_attempts with the seconds until the window ends. */
  begin(login: string, ip: string, knownAddress: boolean): Promise<Attempt>;
}

interface Attempt {
  /** The password was right: forget the failures of this account from here and give the others their count back. */
  succeeded(): Promise<void>;
  /** Nobody looked at the password: as if there had been no attempt. */
  withdrawn(): Promise<void>;
}

interface Counter {
  key: string;
  limit: number;
}

export function createThrottle({ db, config }: { db: Database; config: Config }): Throttle {
  const limit = config.AUTH_RATE_LIMIT;
  const windowMs = config.AUTH_RATE_WINDOW_S * 1000;
  return {
    async begin(login, ip, knownAddress) {
      const account = createHash('sha256').update(login).digest('hex').slice(0, 32);
      const network = networkOf(ip);
      const counters: Counter[] = [
        { key: `both:${account}:${network}`, limit },
        ...(knownAddress ? [] : [{ key: `account:${account}`, limit: 5 * limit }]),
        { key: `ip:${network}`, limit: 10 * limit },
      ];
      const now = Date.now();
      await db.transaction(async (trx) => {
        const blockedUntil = await countAttempt(trx, counters, now, windowMs);
        // Thrown inside, so that a refused attempt leaves no trace: one blocked address could otherwise go on counting
        // until the account is blocked for everybody, and add rows for ever.
        if (blockedUntil > 0) throw tooManyAttempts((blockedUntil - now) / 1000);
      });
      return {
        succeeded: () => db.transaction((trx) => forgive(trx, counters)),
        withdrawn: () => db.transaction((trx) => giveBack(trx, counters)),
      };
    },
  };
}

/** One IPv6 customer has a /64 at least: count the network, not each of its addresses. */
export function networkOf(ip: string): string {
  if (!isIPv6(ip)) return ip;
  const [head = '', tail] = ip.toLowerCase().split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail ? tail.split(':') : [];
  const zeros = tail === undefined ? 0 : 8 - left.length - right.length;
  return [...left, ...Array(Math.max(0, zeros)).fill('0'), ...right].slice(0, 4).join(':');
}

/** Counts one more attempt under every key; answers until when the caller is blocked, or 0. */
async function countAttempt(
  db: Queryable,
  counters: readonly Counter[],
  now: number,
  windowMs: number,
): Promise<number> {
  let blockedUntil = 0;
  for (const { key, limit } of counters) {
    await db('login_failures').where({ throttle_key: key }).where('window_ends_at', '<=', now).delete();
    await db('login_failures')
      .insert({ throttle_key: key, failures: 1, window_ends_at: now + windowMs })
      .onConflict('throttle_key')
      .merge({ failures: db.raw('login_failures.failures + 1') });
    const row = await db('login_failures').where({ throttle_key: key }).first();
    if (row.failures > limit) blockedUntil = Math.max(blockedUntil, Number(row.window_ends_at));
  }
  return blockedUntil;
}

function tooManyAttempts(retryAfterS: number): AppError {
  return new AppError('too_many_attempts', 'Too many failed logins; try again later', { retryAfterS });
}

async function forgive(db: Queryable, [own, ...shared]: readonly Counter[]): Promise<void> {
  await db('login_failures').where({ throttle_key: own!.key }).delete();
  await giveBack(db, shared);
}

async function giveBack(db: Queryable, counters: readonly Counter[]): Promise<void> {
  for (const { key } of counters) {
    await db('login_failures')
      .where({ throttle_key: key })
      .where('failures', '>', 0)
      .decrement('failures', 1);
  }
}

/** Forgets up to `limit` of the windows that have ended. */
export async function deleteEndedWindows(db: Queryable, now: number, limit = 1000): Promise<number> {
  const ended = () => db('login_failures').where('window_ends_at', '<=', now);
  const keys: string[] = await ended().orderBy('window_ends_at').limit(limit).pluck('throttle_key');
  // A window may have begun anew in between: then it has not ended.
  return keys.length === 0 ? 0 : ended().whereIn('throttle_key', keys.sort()).delete();
}
