import type { Queryable, Transaction } from '../db/database.ts';
import { assign, statement, statements } from '../db/statement.ts';

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
  expires_at: number;
}

/** A gauge need not be exact in the millions, and a scrape may not read them. */
const MAX_COUNTED = 100_000;

/** A refresh token with what its session says. */
type LockedToken = RefreshTokenRow & Pick<SessionRow, 'user_id' | 'expires_at' | 'ends_at' | 'revoked_at'>;

const SESSION = [
  'id',
  'user_id',
  'created_at',
  'last_used_at',
  'expires_at',
  'ends_at',
  'revoked_at',
  'revoked_reason',
  'ip',
  'user_agent',
] as const satisfies (keyof SessionRow)[];
const TOKEN = [
  'token_hash',
  'session_id',
  'parent_hash',
  'created_at',
  'rotated_at',
] as const satisfies (keyof RefreshTokenRow)[];

const sessionInserted = statement<SessionRow>((db, p) => db('sessions').insert(assign(p, SESSION)));
const liveById = statement<{ id: string; now: number }>((db, p) =>
  db('sessions')
    .join('users', 'users.id', 'sessions.user_id')
    .where({ 'sessions.id': p.id, 'users.is_active': true })
    .whereNull('sessions.revoked_at')
    .where('sessions.expires_at', '>', p.now)
    .select({
      session_id: 'sessions.id',
      user_id: 'users.id',
      email: 'users.email',
      role: 'users.role',
      expires_at: 'sessions.expires_at',
    }),
);
const lastWrite = statement<{ userId: string }>((db, p) =>
  db('audit_logs').where({ actor_id: p.userId }).orderBy('created_at', 'desc').limit(1).select('created_at'),
);
const touched = statement<{ id: string; last_used_at: number; expires_at: number }>((db, p) =>
  db('sessions')
    .where({ id: p.id })
    .update(assign(p, ['last_used_at', 'expires_at'])),
);
/** Of one user: `only` one session, all `except` one, or `all`. */
const revoked = statements<{ userId: string; id: string; reason: string; now: number }>((which) =>
  statement((db, p) => {
    const query = db('sessions')
      .where({ user_id: p.userId })
      .whereNull('revoked_at')
      .where('expires_at', '>', p.now);
    if (which === 'only') query.where({ id: p.id });
    if (which === 'except') query.whereNot({ id: p.id });
    return query.update({ revoked_at: p.now, revoked_reason: p.reason });
  }),
);
const fromAddress = statement<{ userId: string; ip: string; now: number }>((db, p) =>
  db('sessions').where({ user_id: p.userId, ip: p.ip }).where('expires_at', '>', p.now).limit(1).select('id'),
);
const tokenInserted = statement<RefreshTokenRow>((db, p) => db('refresh_tokens').insert(assign(p, TOKEN)));
const tokenLocked = statement<{ hash: string }>((db, p) =>
  db('refresh_tokens')
    .join('sessions', 'sessions.id', 'refresh_tokens.session_id')
    .where({ token_hash: p.hash })
    .forUpdate()
    .select(TOKEN.map((column) => `refresh_tokens.${column}`))
    .select('sessions.user_id', 'sessions.expires_at', 'sessions.ends_at', 'sessions.revoked_at'),
);
const tokenSpent = statement<{ hash: string; now: number }>((db, p) =>
  db('refresh_tokens').where({ token_hash: p.hash }).whereNull('rotated_at').update({ rotated_at: p.now }),
);
const successor = statement<{ hash: string }>((db, p) =>
  db('refresh_tokens')
    .where({ parent_hash: p.hash })
    .whereNotNull('rotated_at')
    .limit(1)
    .select('token_hash'),
);

export async function insertSession(db: Queryable, row: SessionRow): Promise<void> {
  await sessionInserted.run(db, row);
}

export function findLiveSession(db: Queryable, id: string, now: number): Promise<LiveSession | undefined> {
  return liveById.first(db, { id, now });
}

/** When this user last changed something (epoch ms), null = never. */
export async function findLastWrite(db: Queryable, userId: string): Promise<number | null> {
  const row = await lastWrite.first<{ created_at: number }>(db, { userId });
  return row?.created_at ?? null;
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

/** Counts no further than MAX_COUNTED. */
export async function countLiveSessions(db: Queryable, now: number): Promise<number> {
  const counted = live(db, now).select(db.raw('1 as one')).limit(MAX_COUNTED).as('counted');
  const [row]: { total: number | string }[] = await db.count({ total: '*' }).from(counted);
  return Number(row!.total);
}

export async function touchSession(
  db: Queryable,
  id: string,
  times: { last_used_at: number; expires_at: number },
): Promise<void> {
  await touched.run(db, { ...times, id });
}

/** Ends live sessions of a user: one (`only`), all but one (`except`) or all. Answers how many. */
export function revokeSessions(
  db: Queryable,
  which: { userId: string; only?: string; except?: string },
  reason: string,
  now: number,
): Promise<number> {
  const { userId, only, except } = which;
  if (only !== undefined) return revoked('only').run(db, { userId, id: only, reason, now });
  if (except !== undefined) return revoked('except').run(db, { userId, id: except, reason, now });
  return revoked('all').run(db, { userId, id: '', reason, now });
}

/** Has this user signed in from this address in a session that has not expired? */
export async function knowsAddress(db: Queryable, userId: string, ip: string, now: number): Promise<boolean> {
  return (await fromAddress.first(db, { userId, ip, now })) !== undefined;
}

export async function insertRefreshToken(db: Queryable, row: RefreshTokenRow): Promise<void> {
  await tokenInserted.run(db, row);
}

/** With its session, and nobody else changes either before the transaction ends: one session rotates once at a time. */
export function lockRefreshToken(db: Transaction, hash: string): Promise<LockedToken | undefined> {
  return tokenLocked.first(db, { hash });
}

/** Notes when the token was first used. */
export async function spendRefreshToken(db: Queryable, hash: string, now: number): Promise<void> {
  await tokenSpent.run(db, { hash, now });
}

/** Which of the tokens that replaced this one has been spent in turn? There is one at most. */
export async function spentSuccessor(db: Queryable, hash: string): Promise<string | undefined> {
  const row = await successor.first<{ token_hash: string }>(db, { hash });
  return row?.token_hash;
}

/** Forgets up to `limit` of the sessions that ended before `before`, with their tokens (cascade). */
export async function deleteEndedSessions(db: Queryable, before: number, limit: number): Promise<number> {
  const ended = () => db('sessions').where('expires_at', '<', before);
  const ids: string[] = await ended().orderBy('expires_at').limit(limit).pluck('id');
  return ids.length === 0 ? 0 : ended().whereIn('id', ids.sort()).delete();
}
