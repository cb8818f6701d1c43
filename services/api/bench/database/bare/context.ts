import { v7 as uuidv7 } from 'uuid';
import { type Actor, diff } from '../../../src/audit/audit.ts';
import type { Auth } from '../../../src/auth/auth.service.ts';
import type { Context } from '../../../src/context.ts';
import { AppError } from '../../../src/errors.ts';
import { encodeCursor } from '../../../src/list-cursor.ts';
import { ROLES, type RoleName } from '../../../src/permissions.ts';
import { normalizeTerm } from '../../../src/search-terms.ts';
import { searchTerms } from '../../../src/users/search.ts';
import type { UserRow } from '../../../src/users/users.repository.ts';
import type { Users } from '../../../src/users/users.service.ts';
import { UNHASHED } from '../unhashed.ts';
import type { Statements } from './statements.ts';
import type { BareDriver, Row, Work } from './work.ts';

const AUDITED = ['email', 'full_name', 'role', 'is_active', 'must_change_password'] as const;

/**
 * The context of the API with everything below its routes written out by hand for the bare driver: no knex, no
 * statement(), no repository, no retry, no health, no replica, no cache. The routes, their validation, the JSON, the
 * access log and the metrics are the API's own.
 */
export function bareContext(ctx: Context, driver: BareDriver, statements: Statements): Context {
  const users = { ...ctx.users, ...bareUsers(ctx, driver, statements) };
  return { ...ctx, users, auth: { ...ctx.auth, callerOf: bareCallerOf(driver, statements) } };
}

function bareCallerOf(driver: BareDriver, statements: Statements): Auth['callerOf'] {
  return async (claims, admitted) => {
    await admitted;
    const [session] = await driver.rows(statements.liveSession, [claims.sid, true, Date.now()]);
    if (!session || session.user_id !== claims.sub) throw new AppError('session_ended');
    const role = session.role as RoleName;
    return {
      userId: claims.sub,
      email: session.email as string,
      role,
      permissions: ROLES[role].permissions,
      sessionId: claims.sid,
      lastWriteAt: null,
    };
  };
}

type BareUsers = Pick<Users, 'get' | 'list' | 'create' | 'update' | 'remove'>;

function bareUsers({ passwords }: Context, driver: BareDriver, statements: Statements): BareUsers {
  return {
    async get(id) {
      const [row] = await driver.rows(statements.user, [id]);
      return toUser(row);
    },
    async list({ limit = 20, sort }) {
      const rows = await driver.rows(statements.newestUsers, [limit + 1]);
      const items = rows.slice(0, limit).map(toUser);
      const last = items.at(-1);
      const more = rows.length > limit && last !== undefined;
      return { items, next_cursor: more ? encodeCursor([sort, last.created_at, last.id]) : null };
    },
    async create(actor, { password, ...fields }) {
      passwords.check(password, 'password');
      const now = Date.now();
      const times = { created_at: now, updated_at: now, last_login_at: null };
      const user: UserRow = { ...fields, id: uuidv7(), password_hash: UNHASHED, ...times };
      await driver.transaction(createUser(statements, actor, user));
      return user;
    },
    update: (actor, id, changes) =>
      driver.transaction(updateUser(statements, actor, id, changes as Partial<UserRow>)),
    remove: (actor, id) => driver.transaction(deleteUser(statements, actor, id)),
  };
}

function* createUser(sql: Statements, actor: Actor, user: UserRow): Work<void> {
  yield [
    sql.insertUser,
    [
      user.created_at,
      user.email,
      user.full_name,
      user.id,
      user.is_active,
      user.last_login_at,
      user.must_change_password,
      normalizeTerm(user.full_name),
      user.password_hash,
      user.role,
      user.updated_at,
    ],
  ];
  yield* insertTerms(sql, user);
  const changes = Object.fromEntries(AUDITED.map((field) => [field, { to: user[field] }]));
  yield* audit(sql, actor, 'user.created', user.id, changes);
}

function* updateUser(sql: Statements, actor: Actor, id: string, fields: Partial<UserRow>): Work<UserRow> {
  yield [sql.lockAdmins, ['admin', true]];
  const [row] = yield [sql.lockUser, [id]];
  const before = toUser(row);
  const after = { ...before, ...fields, updated_at: Date.now() };
  const values = USER_VALUES(after);
  yield [sql.replaceUser, [...values, normalizeTerm(after.full_name), id]];
  yield [sql.deleteTerms, [id]];
  yield* insertTerms(sql, after);
  yield* audit(sql, actor, 'user.updated', id, diff(before, after, AUDITED)!);
  return after;
}

function* deleteUser(sql: Statements, actor: Actor, id: string): Work<void> {
  yield [sql.lockAdmins, ['admin', true]];
  const [row] = yield [sql.lockUser, [id]];
  const before = toUser(row);
  const now = Date.now();
  yield [sql.endSessions, [now, 'deleted', id, now]];
  yield [sql.deleteUser, [id]];
  const changes = Object.fromEntries(AUDITED.map((field) => [field, { from: before[field] }]));
  yield* audit(sql, actor, 'user.deleted', id, changes);
}

function* insertTerms(sql: Statements, user: UserRow): Work<void> {
  const terms = searchTerms(user);
  yield [sql.insertTerms[terms.length]!, terms.flatMap((term) => [term, user.id])];
}

function* audit(sql: Statements, actor: Actor, action: string, id: string, changes: object): Work<void> {
  const { email, id: actorId, ip, requestId } = actor;
  const text = JSON.stringify(changes);
  yield [sql.insertAudit, [action, email, actorId, text, Date.now(), uuidv7(), ip, requestId, id, 'user']];
}

const USER_VALUES = (user: UserRow) => [
  user.id,
  user.email,
  user.full_name,
  user.role,
  user.is_active,
  user.must_change_password,
  user.password_hash,
  user.created_at,
  user.updated_at,
  user.last_login_at,
];

function toUser(row: Row | undefined): UserRow {
  if (!row) throw new AppError('not_found');
  return {
    id: row.id as string,
    email: row.email as string,
    full_name: row.full_name as string,
    role: row.role as RoleName,
    is_active: Boolean(row.is_active),
    must_change_password: Boolean(row.must_change_password),
    password_hash: row.password_hash as string,
    created_at: row.created_at as number,
    updated_at: row.updated_at as number,
    last_login_at: row.last_login_at as number | null,
  };
}
