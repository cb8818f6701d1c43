import { v7 as uuidv7 } from 'uuid';
import { type Actor, type Audit, diff } from '../audit/audit.ts';
import type { Passwords } from '../auth/passwords.ts';
import type { EndReason, Sessions } from '../auth/sessions.ts';
import { type Database, PRIMARY, type Reader } from '../db/database.ts';
import { isUniqueViolation } from '../db/errors.ts';
import { AppError } from '../errors.ts';
import { EXPORT_BATCH, everyPage, type Page } from '../lists.ts';
import type { Metrics } from '../metrics.ts';
import type { RoleName } from '../permissions.ts';
import {
  deleteUser,
  findUser,
  insertUser,
  lockActiveAdmins,
  lockUser,
  replaceUser,
  type UserRow,
} from './users.repository.ts';
import { listUsers, type UserFilter } from './users-list.repository.ts';

interface NewUser {
  email: string;
  full_name: string;
  role: RoleName;
  is_active: boolean;
  password: string;
  must_change_password: boolean;
}

/** Fields to change; absent or undefined = as before. */
type UserChanges = { [F in keyof NewUser]?: NewUser[F] | undefined };

export interface Users {
  list(filter: UserFilter, reader?: Reader): Promise<Page<UserRow>>;
  /** Every user that matches, in batches. */
  all(filter: UserFilter, reader?: Reader): AsyncIterable<UserRow[]>;
  get(id: string): Promise<UserRow>;
  create(actor: Actor, user: NewUser): Promise<UserRow>;
  update(actor: Actor, id: string, changes: UserChanges): Promise<UserRow>;
  remove(actor: Actor, id: string): Promise<void>;
}

interface Dependencies {
  db: Database;
  audit: Audit;
  passwords: Passwords;
  sessions: Sessions;
  metrics: Metrics;
}

const AUDITED = ['email', 'full_name', 'role', 'is_active', 'must_change_password'] as const;

export function createUsers({ db, audit, passwords, sessions, metrics }: Dependencies): Users {
  return {
    list: (filter, reader = PRIMARY) => db.read(reader, (queryable) => listUsers(queryable, filter)),
    all: (filter, reader = PRIMARY) =>
      everyPage((cursor) =>
        db.read(reader, (queryable) => listUsers(queryable, { ...filter, cursor, limit: EXPORT_BATCH })),
      ),

    async get(id) {
      return existing(await findUser(db.knex, id));
    },

    async create(actor, { password, ...fields }) {
      passwords.check(password, 'password');
      const now = Date.now();
      const hash = await passwords.hash(password);
      const user = {
        ...fields,
        id: uuidv7(),
        password_hash: hash,
        created_at: now,
        updated_at: now,
        last_login_at: null,
      };
      return uniqueEmail(() =>
        audit.change(actor, async (trx, record) => {
          await insertUser(trx, user);
          const changes = Object.fromEntries(AUDITED.map((field) => [field, { to: user[field] }]));
          await record({ action: 'user.created', resourceType: 'user', resourceId: user.id, changes });
          return user;
        }),
      );
    },

    async update(actor, id, { password, ...fields }) {
      if (password !== undefined) passwords.check(password, 'password');
      const hash = password === undefined ? undefined : await passwords.hash(password);
      const { user, ended, reason } = await uniqueEmail(() =>
        audit.change(actor, async (trx, record) => {
          const admins = await lockActiveAdmins(trx);
          const before = existing(await lockUser(trx, id));
          const after = merge(before, fields, hash);
          protect(actor, admins, before, after);
          const changes = { ...diff(before, after, AUDITED), ...(hash && { password: {} }) };
          if (Object.keys(changes).length === 0) return { user: before, reason: undefined, ended: 0 };
          await replaceUser(trx, after);
          await record({ action: 'user.updated', resourceType: 'user', resourceId: id, changes });
          const reason = endReason(before, after);
          if (!reason) sessions.changed(trx, id);
          return { user: after, reason, ended: reason ? await sessions.end(trx, { userId: id }, reason) : 0 };
        }),
      );
      if (reason) metrics.sessionsEnded.inc({ reason }, ended);
      return user;
    },

    async remove(actor, id) {
      const ended = await audit.change(actor, async (trx, record) => {
        const admins = await lockActiveAdmins(trx);
        const before = existing(await lockUser(trx, id));
        protect(actor, admins, before, undefined);
        // Sessions and search terms go with the row (cascade); ended first to know how many.
        const sessionsEnded = await sessions.end(trx, { userId: id }, 'deleted');
        await deleteUser(trx, id);
        const changes = Object.fromEntries(AUDITED.map((field) => [field, { from: before[field] }]));
        await record({ action: 'user.deleted', resourceType: 'user', resourceId: id, changes });
        return sessionsEnded;
      });
      metrics.sessionsEnded.inc({ reason: 'deleted' }, ended);
    },
  };
}

function existing(user: UserRow | undefined): UserRow {
  if (!user) throw new AppError('not_found', 'There is no such user');
  return user;
}

function merge(
  before: UserRow,
  fields: Omit<UserChanges, 'password'>,
  passwordHash: string | undefined,
): UserRow {
  const given = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
  return {
    ...before,
    ...(passwordHash && { password_hash: passwordHash, must_change_password: true }),
    ...given,
    updated_at: Date.now(),
  };
}

/**
 * Nobody changes or removes his own power, and one active administrator always stays. One's own password changes by
 * /users/me/password only, which asks for the current one: a borrowed session must not take over the account.
 */
function protect(actor: Actor, admins: readonly string[], before: UserRow, after: UserRow | undefined): void {
  const losesPower =
    after === undefined || after.role !== before.role || after.is_active !== before.is_active;
  if (losesPower && actor.id === before.id) throw new AppError('cannot_modify_self');
  if (after && after.password_hash !== before.password_hash && actor.id === before.id)
    throw new AppError('cannot_modify_self', 'Change your own password at /users/me/password');
  const staysAdmin = after?.role === 'admin' && after.is_active;
  if (!staysAdmin && admins.length === 1 && admins[0] === before.id) throw new AppError('last_admin');
}

function endReason(before: UserRow, after: UserRow): EndReason | undefined {
  if (before.is_active && !after.is_active) return 'deactivated';
  if (before.role !== after.role) return 'role_changed';
  if (before.password_hash !== after.password_hash) return 'password_changed';
  return undefined;
}

async function uniqueEmail<T>(write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (cause) {
    if (!isUniqueViolation(cause)) throw cause;
    throw new AppError('email_taken', undefined, {
      cause,
      fields: [{ path: 'email', message: 'Already in use' }],
    });
  }
}
