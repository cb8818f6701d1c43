import { v7 as uuidv7 } from 'uuid';
import type { Config } from '../config.ts';
import { afterCommit, type Database, type Transaction } from '../db/database.ts';
import { createSessionCache, type SessionCache } from './session-cache.ts';
import type { KnownSession } from './session-seal.ts';
import {
  countLiveSessions,
  deleteEndedSessions,
  findLastWrite,
  findLiveSession,
  insertRefreshToken,
  insertSession,
  listLiveSessions,
  lockRefreshToken,
  type RefreshTokenRow,
  revokeSessions,
  type SessionRow,
  spendRefreshToken,
  spentSuccessor,
  touchSession,
} from './sessions.repository.ts';
import { hashToken, newRefreshToken } from './tokens.ts';

/**
 * A session is a login: one row, and a chain of refresh tokens each of which is good for one use. A second use of a
 * spent token means that two parties hold it, so the session ends for both (RFC 9700, 4.14.2).
 *
 * One exception: two tabs share a cookie and may refresh at the same moment, and a reply may get lost. So a token
 * spent less than GRACE_MS ago, none of whose successors has been used, is answered with another successor. But only
 * one successor is ever good: the cookie holds one, so whoever presents another has got it from a stolen token.
 */
const GRACE_MS = 10_000;

/** Ended sessions are kept so long, to recognise late reuse and known addresses. */
const KEEP_ENDED_MS = 7 * 86_400_000;

export const END_REASONS = [
  'logout',
  'ended_by_user',
  'password_changed',
  'role_changed',
  'deactivated',
  'deleted',
  'reuse',
] as const;
export type EndReason = (typeof END_REASONS)[number];

type Rotation =
  | { outcome: 'rotated'; refreshToken: string; sessionId: string; userId: string }
  | { outcome: 'reused'; sessionId: string; userId: string }
  | { outcome: 'invalid' };

export interface Sessions {
  /** Starts a session in the caller's transaction and answers its first refresh token. */
  begin(
    trx: Transaction,
    userId: string,
    client: { ip: string; userAgent: string },
  ): Promise<{ sessionId: string; refreshToken: string }>;
  /** Spends a refresh token in the caller's transaction; real reuse ends the session (and must be audited). */
  rotate(trx: Transaction, refreshToken: string): Promise<Rotation>;
  /**
   * The session of a signed token, with its user, if both live: from the cache or from the database, which is not
   * asked before `admitted`.
   */
  find(userId: string, id: string, admitted?: Promise<void>): Promise<KnownSession | undefined>;
  /** Cheap: is this session neither ended nor expired and its user active? For streams, about once a second. */
  isLive(id: string): Promise<boolean>;
  listLive(userId: string): Promise<SessionRow[]>;
  /** How many live, as far as 100,000. */
  countLive(): Promise<number>;
  /** Ends sessions in the caller's transaction. Once transaction() has resolved no process accepts them. */
  end(
    trx: Transaction,
    which: { userId: string; only?: string; except?: string },
    reason: EndReason,
  ): Promise<number>;
  /** What the sessions of this user say of him has changed in this transaction, but they go on. */
  changed(trx: Transaction, userId: string): void;
  /** The user has written in this transaction: his next read must know that, where there is a replica. */
  wrote(trx: Transaction, userId: string): void;
  /** Deletes a batch of what ended long ago. Safe in any number of processes. */
  sweep(limit?: number): Promise<number>;
}

interface Dependencies {
  db: Database;
  config: Config;
  /** Without one every find() asks the database. */
  cache?: SessionCache;
}

export function createSessions({ db, config, cache = createSessionCache(null) }: Dependencies): Sessions {
  const idleMs = config.REFRESH_TOKEN_TTL_S * 1000;
  const totalMs = config.SESSION_TTL_S * 1000;
  const hasReplica = config.database.type !== 'sqlite' && config.database.replica !== null;

  async function load(userId: string, id: string): Promise<KnownSession | undefined> {
    const [session, lastWrite] = await Promise.all([
      findLiveSession(db.knex, id, Date.now()),
      hasReplica ? findLastWrite(db.knex, userId) : null,
    ]);
    return session && { ...session, last_write_at: lastWrite };
  }

  async function issue(
    trx: Transaction,
    sessionId: string,
    parent: string | null,
    now: number,
  ): Promise<string> {
    const token = newRefreshToken();
    const row = {
      token_hash: hashToken(token),
      session_id: sessionId,
      parent_hash: parent,
      created_at: now,
      rotated_at: null,
    };
    await insertRefreshToken(trx, row);
    return token;
  }

  return {
    async begin(trx, userId, { ip, userAgent }) {
      const now = Date.now();
      const id = uuidv7();
      await insertSession(trx, {
        id,
        user_id: userId,
        created_at: now,
        last_used_at: now,
        expires_at: now + Math.min(idleMs, totalMs),
        ends_at: now + totalMs,
        revoked_at: null,
        revoked_reason: null,
        ip,
        user_agent: userAgent.slice(0, 300),
      });
      return { sessionId: id, refreshToken: await issue(trx, id, null, now) };
    },

    async rotate(trx, refreshToken) {
      const now = Date.now();
      const hash = hashToken(refreshToken);
      // The first statement: what is read after it is as the rotation before this one has left it.
      const found = await lockRefreshToken(trx, hash);
      if (!found || found.revoked_at !== null || found.expires_at <= now) return { outcome: 'invalid' };
      const { session_id: sessionId, user_id: userId } = found;
      if (await isReuse(trx, found, now)) {
        await revokeSessions(trx, { userId, only: sessionId }, 'reuse', now);
        afterCommit(trx, () => cache.forget(userId));
        return { outcome: 'reused', sessionId, userId };
      }
      await spendRefreshToken(trx, hash, now);
      await touchSession(trx, sessionId, {
        last_used_at: now,
        expires_at: Math.min(now + idleMs, found.ends_at),
      });
      return { outcome: 'rotated', refreshToken: await issue(trx, sessionId, hash, now), sessionId, userId };
    },

    find: (userId, id, admitted) =>
      cache.find(userId, id, async () => {
        await admitted;
        return load(userId, id);
      }),
    isLive: async (id) => (await findLiveSession(db.knex, id, Date.now())) !== undefined,
    listLive: (userId) => listLiveSessions(db.knex, userId, Date.now()),
    countLive: () => countLiveSessions(db.knex, Date.now()),
    end(trx, which, reason) {
      afterCommit(trx, () => cache.forget(which.userId));
      return revokeSessions(trx, which, reason, Date.now());
    },
    changed: (trx, userId) => afterCommit(trx, () => cache.forget(userId)),
    wrote(trx, userId) {
      if (hasReplica) afterCommit(trx, () => cache.forgetSoon(userId));
    },
    sweep: (limit = 200) => deleteEndedSessions(db.knex, Date.now() - KEEP_ENDED_MS, limit),
  };
}

async function isReuse(trx: Transaction, token: RefreshTokenRow, now: number): Promise<boolean> {
  const { token_hash: hash, parent_hash: parent, rotated_at: spentAt } = token;
  const chosen = parent === null ? undefined : await spentSuccessor(trx, parent);
  if (chosen !== undefined && chosen !== hash) return true;
  if (spentAt === null) return false;
  return now - spentAt >= GRACE_MS || (await spentSuccessor(trx, hash)) !== undefined;
}
