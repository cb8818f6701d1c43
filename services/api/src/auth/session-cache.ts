import { setTimeout as sleep } from 'node:timers/promises';
import type { LookupOutcome } from '../redis/redis-metrics.ts';
import type { KnownSession, SessionSeal } from './session-seal.ts';
import type { SessionStore, Stamped, Ticket } from './session-store.ts';

/**
 * Sessions in Redis, so that most requests need not ask the database who calls. What counts: once a logout, a change of
 * role or of password is answered, no process accepts what was true before it. That must hold whatever Redis does:
 * stop, hang, lose everything or one key, come back with an old snapshot, carry out a command a minute late.
 *
 * Every user has a stamp, a random value. An entry carries the stamp that its user had before the database was asked,
 * and counts only while the user still has this stamp:
 *
 *     find:    look up entry and stamp in one command, which others may share, and which is sent after find() began;
 *              if they match, that is the answer
 *              else: take the stamp (or make one) → ask the database → write the entry under that stamp
 *     forget:  commit → destroy the stamp → answer the client
 *
 * An entry from before a commit was read from the database before it, so its stamp was taken before it, so it is the
 * stamp that forget() destroyed or an older one; a destroyed stamp never comes back, because stamps are random. The
 * writer of the entry may be slow: the entry arrives under a stamp that is no more. A flush, an eviction or an expiry
 * destroys stamps too, which is always safe. Two things are left:
 *
 * - A server that comes back with an old snapshot, or a standby that takes over, has stamps that were destroyed. Its
 *   keys are not read: they contain the life (run_id) of the server that wrote them, and a connection has one life.
 * - The stamp cannot be destroyed, because Redis does not answer this process (another process may still reach it).
 *   Then forget() waits. An entry dies LEASE_MS after its stamp was *taken*, by the clock of Redis and however late the
 *   command that writes it arrives; so after LEASE_MS from the commit no entry from before it is left anywhere. A
 *   process that died, or whose COMMIT got no answer, has acknowledged nothing, and the lease ends its entries as well.
 *
 * None of this needs Redis to be honest about what an entry says. An entry is signed with what no Redis has, for this
 * user, this session and this stamp (session-seal.ts): who can write to Redis cannot make or change one, nor give it to
 * somebody else. What he can do is keep forget() from being heard, and put entries and stamps back that were destroyed.
 * That is why an entry also carries, signed, when it ends: LEASE_MS after its stamp was taken, by the clock of the process
 * that wrote it. A reader takes none that ended more than MAX_SKEW_MS ago by its own clock, so nobody is taken for what
 * he was longer than LEASE_MS + MAX_SKEW_MS + what the clocks really differ by. One that ends later than could be is
 * refused as well: the clocks differ by too much, which must show. Without an intruder nothing depends on these clocks:
 * processes that differ by more just do not take each other's entries.
 *
 * What it does not cover: two Redis servers that are both taken for the one (a split brain), or a clock of the Redis
 * host that is set back, each together with a Redis that does not answer forget(). Then it is LEASE_MS after that ends.
 */
export const LEASE_MS = 3000;

/** The clocks of the processes differ by less. */
export const MAX_SKEW_MS = 5000;

/** Clocks run at almost the same speed. */
const LEASE_MARGIN_MS = 200;
const RETRY_MS = 250;

export interface SessionCache {
  /** The session from the cache, or what `load` reads from the database. `load` must ask the primary, and now. */
  find(
    userId: string,
    sessionId: string,
    load: () => Promise<KnownSession | undefined>,
  ): Promise<KnownSession | undefined>;
  /** After a commit: when it resolves, no process answers find() with what was true before. Never fails. */
  forget(userId: string): Promise<void>;
  /** As forget(), but does not wait when Redis is away: for what may be LEASE_MS old then. */
  forgetSoon(userId: string): Promise<void>;
}

interface CacheClock {
  /** Milliseconds that never go back. */
  now(): number;
  /** Milliseconds since 1970. */
  wall(): number;
  sleep(ms: number): Promise<unknown>;
}

interface CacheWatchers {
  looked(outcome: LookupOutcome): void;
  forgetsWaited(): void;
}

const CLOCK: CacheClock = { now: () => performance.now(), wall: Date.now, sleep: (ms) => sleep(ms) };

/** What the cache is made of. Without it every find() asks the database. */
interface CacheParts {
  store: SessionStore;
  seal: SessionSeal;
  watch?: CacheWatchers;
  clock?: CacheClock;
}

export function createSessionCache(parts: CacheParts | null): SessionCache {
  if (!parts) return { find: (_user, _session, load) => load(), forget: nothing, forgetSoon: nothing };
  const { store, seal, watch, clock = CLOCK } = parts;

  /** The session of what was found, if it says so rightly, and now. */
  function open(userId: string, sessionId: string, found: Stamped): Readonly<KnownSession> | LookupOutcome {
    const opened = seal.open({ userId, sessionId, stamp: found.stamp }, found.entry);
    const now = clock.wall();
    if (!opened || opened.untilMs < now - MAX_SKEW_MS || opened.untilMs > now + LEASE_MS + MAX_SKEW_MS)
      return 'refused';
    return opened.session.expires_at > now ? opened.session : 'miss';
  }

  async function look(userId: string, sessionId: string): Promise<Readonly<KnownSession> | LookupOutcome> {
    try {
      const found = await store.lookup(userId, sessionId);
      return found ? open(userId, sessionId, found) : 'miss';
    } catch {
      return 'unavailable';
    }
  }

  async function loadAndFill(
    userId: string,
    sessionId: string,
    load: () => Promise<KnownSession | undefined>,
  ) {
    const untilMs = clock.wall() + LEASE_MS;
    const ticket = await store.begin(userId, LEASE_MS).catch(() => undefined);
    const session = await load();
    // Nobody waits for it, and it may fail.
    if (ticket && session?.user_id === userId) void succeeds(fill(sessionId, ticket, session, untilMs));
    return session;
  }

  function fill(sessionId: string, ticket: Ticket, session: KnownSession, untilMs: number): Promise<void> {
    const { user_id: userId } = session;
    const entry = seal.close({ userId, sessionId, stamp: ticket.stamp }, session, untilMs);
    return store.fill(userId, sessionId, ticket, entry);
  }

  async function forget(userId: string): Promise<void> {
    const leaseEnds = clock.now() + LEASE_MS + LEASE_MARGIN_MS;
    for (let attempt = 1; ; attempt++) {
      if (await succeeds(store.tear(userId))) return;
      if (attempt === 1) watch?.forgetsWaited();
      const left = leaseEnds - clock.now();
      if (left <= 0) return;
      await clock.sleep(Math.min(RETRY_MS, left));
    }
  }

  return {
    async find(userId, sessionId, load) {
      const seen = await look(userId, sessionId);
      if (typeof seen === 'object') {
        watch?.looked('hit');
        return seen;
      }
      watch?.looked(seen);
      return seen === 'unavailable' ? load() : loadAndFill(userId, sessionId, load);
    },
    forget,
    async forgetSoon(userId) {
      if (!(await succeeds(store.tear(userId)))) void forget(userId);
    },
  };
}

async function nothing(): Promise<void> {}

function succeeds(asked: Promise<unknown>): Promise<boolean> {
  return asked.then(
    () => true,
    () => false,
  );
}
