import type { Actor, Audit } from '../audit/audit.ts';
import type { Config } from '../config.ts';
import type { Database } from '../db/database.ts';
import { AppError } from '../errors.ts';
import type { Metrics } from '../metrics.ts';
import { ROLES, type RoleName } from '../permissions.ts';
import { EmailAddress, normalizeEmail } from '../users/email.ts';
import {
  findUser,
  findUserByEmail,
  lockUser,
  replacePasswordHash,
  type UserRow,
  updateUser,
} from '../users/users.repository.ts';
import type { Caller } from './caller.ts';
import type { Passwords } from './passwords.ts';
import { knowsAddress } from './sessions.repository.ts';
import type { Sessions } from './sessions.ts';
import { createThrottle } from './throttle.ts';
import { type Claims, signAccessToken, verifyAccessToken } from './tokens.ts';

export interface Grant {
  accessToken: string;
  expiresInS: number;
  /** Epoch milliseconds. */
  expiresAt: number;
  refreshToken: string;
  refreshExpiresAt: number;
  user: UserRow;
}

export interface Auth {
  /**
   * Whose token this is, by its signature, and by what was found out about it before.
   * @throws AppError unauthenticated, token_expired or session_ended.
   */
  identify(token: string | undefined): Claims;
  /**
   * Who calls, as the database knows him now, which is not asked before `admitted`.
   * @throws AppError session_ended.
   */
  callerOf(claims: Claims, admitted?: Promise<void>): Promise<Caller>;
  /** Both. */
  authenticate(token: string | undefined): Promise<Caller>;
  /** @throws AppError invalid_credentials (whatever was wrong) or too_many_attempts. */
  login(actor: Actor, given: { login: string; password: string; userAgent: string }): Promise<Grant>;
  refresh(actor: Actor, refreshToken: string): Promise<Grant>;
  logout(actor: Actor, caller: Caller): Promise<void>;
  endSession(actor: Actor, caller: Caller, sessionId: string): Promise<void>;
  changePassword(
    actor: Actor,
    caller: Caller,
    given: { current_password: string; new_password: string },
  ): Promise<void>;
}

/** The id of no user. */
const NOBODY = '';

interface Dependencies {
  config: Config;
  db: Database;
  audit: Audit;
  passwords: Passwords;
  sessions: Sessions;
  metrics: Metrics;
}

export function createAuth(deps: Dependencies): Auth {
  const { config, db, audit, passwords, sessions, metrics } = deps;
  const throttle = createThrottle(deps);
  // As long as their tokens are remembered. Who holds the token of a dead session is nobody: the rate limit must count
  // him by his address, or a thief who was logged out could go on using up the requests of the user.
  const ended = new WeakSet<Claims>();

  function grant(user: UserRow, sessionId: string, refreshToken: string): Grant {
    const { token, expiresAt } = signAccessToken(config, { userId: user.id, sessionId, role: user.role });
    const refreshExpiresAt = Date.now() + config.REFRESH_TOKEN_TTL_S * 1000;
    return {
      accessToken: token,
      expiresInS: config.ACCESS_TOKEN_TTL_S,
      expiresAt,
      refreshToken,
      refreshExpiresAt,
      user,
    };
  }

  /** Checks the password under the throttle; counts and audits what went wrong. */
  async function proveIdentity(
    actor: Actor,
    email: string,
    user: UserRow | undefined,
    password: string,
  ): Promise<UserRow> {
    // Asked for an unknown user too: the time must not tell whether he exists.
    const known = await knowsAddress(db.knex, user?.id ?? NOBODY, actor.ip, Date.now());
    const attempt = await throttle.begin(email, actor.ip, known).catch((error: unknown) => {
      if (error instanceof AppError) metrics.logins.inc({ outcome: 'throttled' });
      throw error;
    });
    const right = await passwords.verify(password, user?.password_hash).catch(async (error: unknown) => {
      await attempt.withdrawn();
      throw error;
    });
    if (right && user?.is_active) {
      await attempt.succeeded();
      return user;
    }
    metrics.logins.inc({ outcome: right ? 'inactive' : 'invalid' });
    await audit.event(
      // People type their password into the wrong field: what is no address does not go into the log.
      { ...actor, id: null, email: EmailAddress.safeParse(email).data ?? null },
      { action: 'auth.login_failed', resourceType: 'user', resourceId: user?.id ?? null },
    );
    throw new AppError('invalid_credentials');
  }

  function identify(token: string | undefined): Claims {
    if (token === undefined) throw new AppError('unauthenticated');
    const claims = verifyAccessToken(config, token);
    if (ended.has(claims)) throw new AppError('session_ended');
    return claims;
  }

  async function callerOf(claims: Claims, admitted?: Promise<void>): Promise<Caller> {
    const session = await sessions.find(claims.sub, claims.sid, admitted);
    if (!session || session.user_id !== claims.sub) {
      ended.add(claims);
      throw new AppError('session_ended');
    }
    const role = session.role as RoleName;
    return {
      userId: session.user_id,
      email: session.email,
      role,
      permissions: ROLES[role].permissions,
      sessionId: session.session_id,
      lastWriteAt: session.last_write_at,
    };
  }

  return {
    identify,
    callerOf,
    authenticate: async (token) => callerOf(identify(token)),

    async login(actor, { login, password, userAgent }) {
      const email = normalizeEmail(login);
      const user = await proveIdentity(actor, email, await findUserByEmail(db.knex, email), password);
      const now = Date.now();
      const session = await audit.change(
        { ...actor, id: user.id, email: user.email },
        async (trx, record) => {
          // The update locks the row, so what is read next holds until we commit: a password change that ended all
          // sessions a moment ago must not miss one that was begun with the old password.
          await updateUser(trx, user.id, { last_login_at: now });
          const current = await findUser(trx, user.id);
          if (current?.password_hash !== user.password_hash || !current.is_active)
            throw new AppError('invalid_credentials');
          const begun = await sessions.begin(trx, user.id, { ip: actor.ip, userAgent });
          await record({ action: 'auth.login', resourceType: 'session', resourceId: begun.sessionId });
          return begun;
        },
      );
      if (passwords.needsRehash(user.password_hash)) {
        await replacePasswordHash(db.knex, user.id, user.password_hash, await passwords.hash(password));
      }
      metrics.logins.inc({ outcome: 'success' });
      return grant({ ...user, last_login_at: now }, session.sessionId, session.refreshToken);
    },

    async refresh(actor, refreshToken) {
      const { rotation, user } = await audit.change(actor, async (trx, record) => {
        const rotation = await sessions.rotate(trx, refreshToken);
        const user = rotation.outcome === 'invalid' ? undefined : await findUser(trx, rotation.userId);
        if (rotation.outcome === 'reused') {
          await record({
            action: 'auth.refresh_token_reused',
            resourceType: 'session',
            resourceId: rotation.sessionId,
            // Not the actor: it may be the thief who calls.
            changes: { user_id: { to: rotation.userId }, email: { to: user?.email } },
          });
        }
        return { rotation, user };
      });
      if (rotation.outcome === 'reused') metrics.sessionsEnded.inc({ reason: 'reuse' });
      if (rotation.outcome !== 'rotated' || !user?.is_active) throw new AppError('invalid_refresh_token');
      return grant(user, rotation.sessionId, rotation.refreshToken);
    },

    async logout(actor, caller) {
      await audit.change(actor, async (trx, record) => {
        await sessions.end(trx, { userId: caller.userId, only: caller.sessionId }, 'logout');
        await record({ action: 'auth.logout', resourceType: 'session', resourceId: caller.sessionId });
      });
      metrics.sessionsEnded.inc({ reason: 'logout' });
    },

    async endSession(actor, caller, sessionId) {
      await audit.change(actor, async (trx, record) => {
        const ended = await sessions.end(trx, { userId: caller.userId, only: sessionId }, 'ended_by_user');
        if (ended === 0) throw new AppError('not_found');
        await record({ action: 'auth.session_ended', resourceType: 'session', resourceId: sessionId });
      });
      metrics.sessionsEnded.inc({ reason: 'ended_by_user' });
    },

    async changePassword(actor, caller, { current_password, new_password }) {
      passwords.check(new_password, 'new_password');
      if (new_password === current_password)
        throw invalid('new_password', 'Choose another one than the current');
      const user = await findUser(db.knex, caller.userId);
      const proof = proveIdentity(actor, caller.email, user, current_password);
      const proven = await proof.catch((cause: unknown) => {
        // Not 401: the session is fine, and clients would sign the user out.
        if (!(cause instanceof AppError) || cause.code !== 'invalid_credentials') throw cause;
        throw invalid('current_password', 'This is not your current password', cause);
      });
      const hash = await passwords.hash(new_password);
      const ended = await audit.change(actor, async (trx, record) => {
        // Hashing took a while: an administrator's reset or lock in the meantime must not be undone.
        const current = await lockUser(trx, caller.userId);
        if (!current?.is_active || current.password_hash !== proven.password_hash)
          throw new AppError('session_ended');
        await updateUser(trx, caller.userId, {
          password_hash: hash,
          must_change_password: false,
          updated_at: Date.now(),
        });
        await record({ action: 'user.password_changed', resourceType: 'user', resourceId: caller.userId });
        return sessions.end(trx, { userId: caller.userId, except: caller.sessionId }, 'password_changed');
      });
      metrics.sessionsEnded.inc({ reason: 'password_changed' }, ended);
    },
  };
}

function invalid(path: string, message: string, cause?: unknown): AppError {
  return new AppError('validation_failed', undefined, { cause, fields: [{ path, message }] });
}
