import { randomUUID } from 'node:crypto';
import { coalesce } from '../redis/coalesce.ts';
import type { RedisLink } from '../redis/redis.ts';

/** So long after its last use a user's stamp is forgotten. Losing one early only costs a look into the database. */
const STAMP_LIFE_MS = 60_000;

/** The right to write an entry from what the database says from now on. */
export interface Ticket {
  stamp: string;
  /** When the entry expires, by the clock of the store. */
  deadlineMs: number;
  /** The life of the server that issued it. */
  run: string;
}

/** An entry, with the stamp under which it was written. */
export interface Stamped {
  readonly stamp: string;
  readonly entry: string;
}

/**
 * Entries of sessions and stamps of users. Each function is one step at the store; each may fail, and one that failed
 * may be carried out nevertheless, at any later time. What the store holds may vanish at any time.
 */
export interface SessionStore {
  /** The entry of a session, if it was written under the stamp that its user has now. */
  lookup(userId: string, sessionId: string): Promise<Stamped | undefined>;
  /** The user's stamp, a new one if he has none. Entries written with the ticket live `leaseMs` from now at most. */
  begin(userId: string, leaseMs: number): Promise<Ticket>;
  /** Writes an entry, unless the ticket's stamp is gone or its deadline has passed. */
  fill(userId: string, sessionId: string, ticket: Ticket, entry: string): Promise<void>;
  /** Destroys the user's stamp, and with it all that was written under it or still will be. */
  tear(userId: string): Promise<void>;
}

/** The store in Redis. Keys hold the life of the server: see RedisLink.ask(). */
export function createSessionStore(link: RedisLink): SessionStore {
  const entryKey = (run: string, sessionId: string) => `session:${run}:${sessionId}`;
  const stampKey = (run: string, userId: string) => `stamp:${run}:${userId}`;
  const lookupAll = coalesce(async (asked: [userId: string, sessionId: string][]) => {
    const values = await link.ask((redis, run) =>
      redis.mget(asked.flatMap(([userId, sessionId]) => [stampKey(run, userId), entryKey(run, sessionId)])),
    );
    return asked.map((_, i) => entryUnder(values[2 * i], values[2 * i + 1]));
  });
  return {
    lookup: (userId, sessionId) => lookupAll([userId, sessionId]),
    begin: (userId, leaseMs) =>
      link.ask(async (redis, run) => {
        const key = stampKey(run, userId);
        const [stamp, nowMs] = await redis.sessionBegin(key, randomUUID(), STAMP_LIFE_MS);
        return { stamp, deadlineMs: nowMs + leaseMs, run };
      }),
    async fill(userId, sessionId, { stamp, deadlineMs, run }, entry) {
      const keys = [entryKey(run, sessionId), stampKey(run, userId)] as const;
      await link.ask((redis) => redis.sessionFill(...keys, stamp, stamp + entry, deadlineMs));
    },
    async tear(userId) {
      await link.ask((redis, run) => redis.del(stampKey(run, userId)), { urgent: true });
    },
  };
}

function entryUnder(stamp?: string | null, value?: string | null): Stamped | undefined {
  return stamp && value?.startsWith(stamp) ? { stamp, entry: value.slice(stamp.length) } : undefined;
}
