import { v7 as uuidv7 } from 'uuid';
import type { Config } from '../config.ts';
import type { Database, Queryable, Transaction } from '../db/database.ts';
import {
  countLiveSessions,
  deleteEndedSessions,
  findLiveSession,
  insertRefreshToken,
  insertSession,
  type LiveSession,
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
  find(id: string): Promise<LiveSession | undefined>;
  /** Cheap: is this session neither ended nor expired and its user active? For streams, about once a second. */
  isLive(id: string): Promise<boolean>;
  listLive(userId: string): Promise<SessionRow[]>;
  countLive(): Promise<number>;
  end(
    db: Queryable,
    which: { userId: string; only?: string; except?: string },
    reason: EndReason,
  ): Promise<number>;
  /** Deletes what ended long ago. Safe in any number of processes. */
  sweep(): Promise<number>;
}

export function createSessions({ db, config }: { db: Database; config: Config }): Sessions {
  const idleMs = config.REFRESH_TOKEN_TTL_S * 1000;
  const totalMs = config.SESSION_TTL_S * 1000;

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
        return { outcome: 'reused', sessionId, userId };
      }
      await spendRefreshToken(trx, hash, now);
      await touchSession(trx, sessionId, {
        last_used_at: now,
        expires_at: Math.min(now + idleMs, found.ends_at),
      });
      return { outcome: 'rotated', refreshToken: await issue(trx, sessionId, hash, now), sessionId, userId };
    },

    find: (id) => findLiveSession(db.knex, id, Date.now()),
    isLive: async (id) => (await findLiveSession(db.knex, id, Date.now())) !== undefined,
    listLive: (userId) => listLiveSessions(db.knex, userId, Date.now()),
    countLive: () => countLiveSessions(db.knex, Date.now()),
    end: (queryable, which, reason) => revokeSessions(queryable, which, reason, Date.now()),
    sweep: () => deleteEndedSessions(db.knex, Date.now() - KEEP_ENDED_MS),
  };
}

async function isReuse(trx: Transaction, token: RefreshTokenRow, now: number): Promise<boolean> {
  const { token_hash: hash, parent_hash: parent, rotated_at: spentAt } = token;
  const chosen = parent === null ? undefined : await spentSuccessor(trx, parent);
  if (chosen !== undefined && chosen !== hash) return true;
  if (spentAt === null) return false;
  return now - spentAt >= GRACE_MS || (await spentSuccessor(trx, hash)) !== undefined;
}
