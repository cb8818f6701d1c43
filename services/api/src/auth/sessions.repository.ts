import type { Queryable, Transaction } from '../db/database.ts';

export interface SessionRow {
  id: string;
  user_id: string;
  created_at: number;
  last_used_at: number;
  expires_at: number;
  ends_at: number;
  revoked_at: number | null;
  revoked_reason: string | null;
  ip: string;
  user_agent: string;
}

export interface RefreshTokenRow {
  token_hash: string;
  session_id: string;
  parent_hash: string | null;
  created_at: number;
  rotated_at: number | null;
}

/** What authenticates a request: the session and its user, as they are now. */
export interface LiveSession {
  session_id: string;
  user_id: string;
  email: string;
  role: string;
}

export async function insertSession(db: Queryable, row: SessionRow): Promise<void> {
  await db('sessions').insert(row);
}

export function findLiveSession(db: Queryable, id: string, now: number): Promise<LiveSession | undefined> {
  return db('sessions')
    .join('users', 'users.id', 'sessions.user_id')
    .where({ 'sessions.id': id, 'users.is_active': true })
    .whereNull('sessions.revoked_at')
    .where('sessions.expires_at', '>', now)
    .first({ session_id: 'sessions.id', user_id: 'users.id', email: 'users.email', role: 'users.role' });
}

function live(db: Queryable, now: number) {
  return db('sessions').whereNull('revoked_at').where('expires_at', '>', now);
}

export async function listLiveSessions(db: Queryable, userId: string, now: number): Promise<SessionRow[]> {
  return live(db, now)
    .where({ user_id: userId })
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .limit(100);
}

export async function countLiveSessions(db: Queryable, now: number): Promise<number> {
  const [row] = await live(db, now).count({ total: '*' });
  return Number(row?.total);
}

export async function touchSession(
  db: Queryable,
  id: string,
  times: { last_used_at: number; expires_at: number },
): Promise<void> {
  await db('sessions').where({ id }).update(times);
}

/** Ends live sessions of a user: one (`only`), all but one (`except`) or all. Answers how many. */
export function revokeSessions(
  db: Queryable,
  which: { userId: string; only?: string; except?: string },
  reason: string,
  now: number,
): Promise<number> {
  const query = db('sessions')
    .where({ user_id: which.userId })
    .whereNull('revoked_at')
    .where('expires_at', '>', now);
  if (which.only !== undefined) query.where({ id: which.only });
  if (which.except !== undefined) query.whereNot({ id: which.except });
  return query.update({ revoked_at: now, revoked_reason: reason });
}

/** Has this user signed in from this address in a session that has not expired? */
export async function knowsAddress(db: Queryable, userId: string, ip: string, now: number): Promise<boolean> {
  const row = await db('sessions').where({ user_id: userId, ip }).where('expires_at', '>', now).first('id');
  return row !== undefined;
}

export async function insertRefreshToken(db: Queryable, row: RefreshTokenRow): Promise<void> {
  await db('refresh_tokens').insert(row);
}

/** With its session, and nobody else changes either before the transaction ends: one session rotates once at a time. */
export function lockRefreshToken(
  db: Transaction,
  hash: string,
): Promise<
  (RefreshTokenRow & Pick<SessionRow, 'user_id' | 'expires_at' | 'ends_at' | 'revoked_at'>) | undefined
> {
  return db('refresh_tokens')
    .join('sessions', 'sessions.id', 'refresh_tokens.session_id')
    .where({ token_hash: hash })
    .forUpdate()
    .first(
      'refresh_tokens.*',
      'sessions.user_id',
      'sessions.expires_at',
      'sessions.ends_at',
      'sessions.revoked_at',
    );
}

/** Notes when the token was first used. */
export async function spendRefreshToken(db: Queryable, hash: string, now: number): Promise<void> {
  await db('refresh_tokens').where({ token_hash: hash }).whereNull('rotated_at').update({ rotated_at: now });
}

/** Which of the tokens that replaced this one has been spent in turn? There is one at most. */
export async function spentSuccessor(db: Queryable, hash: string): Promise<string | undefined> {
  const row = await db('refresh_tokens')
    .where({ parent_hash: hash })
    .whereNotNull('rotated_at')
    .first('token_hash');
  return row?.token_hash;
}

/** Forgets sessions that ended before `before`, with their tokens (cascade). */
export function deleteEndedSessions(db: Queryable, before: number): Promise<number> {
  return db('sessions').where('expires_at', '<', before).delete();
}
