import type { Queryable } from '../db/database.ts';
import type { Value } from '../db/drivers.ts';
import { assign, statement, statements } from '../db/statement.ts';
import type { RoleName } from '../permissions.ts';
import { createTermWriter, normalizeTerm } from '../search-terms.ts';
import { searchTerms, USER_TERMS } from './search.ts';

export interface UserRow {
  id: string;
  email: string;
  full_name: string;
  role: RoleName;
  is_active: boolean;
  must_change_password: boolean;
  password_hash: string;
  created_at: number;
  updated_at: number;
  last_login_at: number | null;
}

const COLUMNS = [
  'id',
  'email',
  'full_name',
  'role',
  'is_active',
  'must_change_password',
  'password_hash',
  'created_at',
  'updated_at',
  'last_login_at',
] as const satisfies (keyof UserRow)[];

/** With full_name as it is sorted by. */
const STORED = [...COLUMNS, 'name_key'] as const;
type StoredUser = UserRow & { name_key: string };

const inserted = statement<StoredUser>((db, p) => db('users').insert(assign(p, STORED)));
const byId = statement<{ id: string }>((db, p) => db('users').where({ id: p.id }).select(COLUMNS));
const byIdLocked = statement<{ id: string }>((db, p) =>
  db('users').where({ id: p.id }).forUpdate().select(COLUMNS),
);
const byEmail = statement<{ email: string }>((db, p) =>
  db('users').where({ email: p.email }).select(COLUMNS),
);
const replaced = statement<StoredUser>((db, p) => db('users').where({ id: p.id }).update(assign(p, STORED)));
const updated = statements<Record<string, Value>>((columns) =>
  statement((db, p) =>
    db('users')
      .where({ id: p.id })
      .update(assign(p, columns.split(','))),
  ),
);
const rehashed = statement<{ id: string; from: string; to: string }>((db, p) =>
  db('users').where({ id: p.id, password_hash: p.from }).update({ password_hash: p.to }),
);
const deleted = statement<{ id: string }>((db, p) => db('users').where({ id: p.id }).delete());
const activeAdmins = statement<object>((db) =>
  db('users').where({ role: 'admin', is_active: true }).orderBy('id').forUpdate().select('id'),
);
const userTerms = createTermWriter(USER_TERMS);

export async function insertUser(db: Queryable, user: UserRow): Promise<void> {
  await inserted.run(db, stored(user));
  await userTerms.insert(db, user.id, searchTerms(user));
}

export async function findUser(db: Queryable, id: string): Promise<UserRow | undefined> {
  return fromRow(await byId.first(db, { id }));
}

/** As findUser, and nobody else changes the row before the transaction ends. */
export async function lockUser(db: Queryable, id: string): Promise<UserRow | undefined> {
  return fromRow(await byIdLocked.first(db, { id }));
}

export async function findUserByEmail(db: Queryable, email: string): Promise<UserRow | undefined> {
  return fromRow(await byEmail.first(db, { email }));
}

/** Changes columns that the search does not know; for the others see replaceUser. */
export async function updateUser(
  db: Queryable,
  id: string,
  changes: Partial<Omit<UserRow, 'id' | 'email' | 'full_name'>>,
): Promise<void> {
  await updated(Object.keys(changes).join()).run(db, { ...changes, id });
}

/** Replaces the hash unless the password has changed meanwhile. */
export async function replacePasswordHash(
  db: Queryable,
  id: string,
  from: string,
  to: string,
): Promise<void> {
  await rehashed.run(db, { id, from, to });
}

/** Writes the whole row and what finds it. */
export async function replaceUser(db: Queryable, user: UserRow): Promise<void> {
  await replaced.run(db, stored(user));
  await userTerms.replace(db, user.id, searchTerms(user));
}

export async function deleteUser(db: Queryable, id: string): Promise<void> {
  await deleted.run(db, { id });
}

export async function anyUser(db: Queryable): Promise<boolean> {
  return (await db('users').first('id')) !== undefined;
}

/**
 * Locks all active administrators until the end of the transaction and answers their ids: of two requests that each
 * want to take away one of the last two, the second waits here and then sees one only.
 */
export async function lockActiveAdmins(db: Queryable): Promise<string[]> {
  return (await activeAdmins.all<{ id: string }>(db, {})).map(({ id }) => id);
}

function stored(user: UserRow): StoredUser {
  return { ...user, name_key: normalizeTerm(user.full_name) };
}

/** Some databases answer booleans as 0 and 1. */
export function fromRow(row: UserRow | undefined): UserRow | undefined {
  return (
    row && {
      ...row,
      is_active: Boolean(row.is_active),
      must_change_password: Boolean(row.must_change_password),
    }
  );
}
