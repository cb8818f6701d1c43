import type { Knex } from 'knex';
import type { Queryable } from '../db/database.ts';
import { bigintColumn, type ListRequest, listPage, type Page, textColumn } from '../lists.ts';
import type { RoleName } from '../permissions.ts';
import { normalizeTerm, searchTerms } from './search.ts';

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

export type UserFilter = ListRequest & {
  q?: string | undefined;
  role?: RoleName | undefined;
  is_active?: boolean | undefined;
};

/** Search terms that count as few matches. */
const FEW = 500;

const SORT_COLUMNS = {
  created_at: bigintColumn('created_at'),
  email: textColumn('email'),
  full_name: textColumn('name_key'),
};

export async function insertUser(db: Queryable, user: UserRow): Promise<void> {
  await db('users').insert({ ...user, name_key: normalizeTerm(user.full_name) });
  await writeSearchTerms(db, user);
}

export async function findUser(db: Queryable, id: string): Promise<UserRow | undefined> {
  return fromRow(await db('users').where({ id }).first());
}

/** As findUser, and nobody else changes the row before the transaction ends. */
export async function lockUser(db: Queryable, id: string): Promise<UserRow | undefined> {
  return fromRow(await db('users').where({ id }).forUpdate().first());
}

export async function findUserByEmail(db: Queryable, email: string): Promise<UserRow | undefined> {
  return fromRow(await db('users').where({ email }).first());
}

/** Changes columns that the search does not know; for the others see replaceUser. */
export async function updateUser(
  db: Queryable,
  id: string,
  changes: Partial<Omit<UserRow, 'id' | 'email' | 'full_name'>>,
): Promise<void> {
  await db('users').where({ id }).update(changes);
}

/** Replaces the hash unless the password has changed meanwhile. */
export async function replacePasswordHash(
  db: Queryable,
  id: string,
  from: string,
  to: string,
): Promise<void> {
  await db('users').where({ id, password_hash: from }).update({ password_hash: to });
}

/** Writes the whole row and what finds it. */
export async function replaceUser(db: Queryable, user: UserRow): Promise<void> {
  await db('users')
    .where({ id: user.id })
    .update({ ...user, name_key: normalizeTerm(user.full_name) });
  await db('user_search_terms').where({ user_id: user.id }).delete();
  await writeSearchTerms(db, user);
}

export async function deleteUser(db: Queryable, id: string): Promise<void> {
  await db('users').where({ id }).delete();
}

export async function anyUser(db: Queryable): Promise<boolean> {
  return (await db('users').first('id')) !== undefined;
}

/**
 * Locks all active administrators until the end of the transaction and answers their ids: of two requests that each
 * want to take away one of the last two, the second waits here and then sees one only.
 */
export function lockActiveAdmins(db: Queryable): Promise<string[]> {
  return db('users').where({ role: 'admin', is_active: true }).orderBy('id').forUpdate().pluck('id');
}

export async function listUsers(db: Queryable, filter: UserFilter): Promise<Page<UserRow>> {
  const query = db('users').select('*');
  if (filter.role !== undefined) query.where({ role: filter.role });
  if (filter.is_active !== undefined) query.where({ is_active: filter.is_active });
  if (filter.q) await restrictToMatches(db, query, normalizeTerm(filter.q));
  const page = await listPage<UserRow>(query, filter, SORT_COLUMNS);
  return { ...page, items: page.items.map((row) => fromRow(row)!) };
}

/**
 * Few matches are looked up first and then sorted. Of many, a page is found sooner by walking the sorted index and
 * asking each user: the first letter of a search in a million users must not collect and sort them all.
 */
async function restrictToMatches(db: Queryable, query: Knex.QueryBuilder, term: string): Promise<void> {
  const matches = () =>
    db('user_search_terms').where('term', '>=', term).where('term', '<', `${term}\u{10ffff}`);
  const ids = await matches()
    .limit(FEW + 1)
    .pluck('user_id');
  if (ids.length <= FEW) query.whereIn('id', [...new Set(ids)]);
  else query.whereExists(matches().where('user_id', db.ref('users.id')).select(db.raw('1')));
}

async function writeSearchTerms(db: Queryable, user: UserRow): Promise<void> {
  await db('user_search_terms').insert(searchTerms(user).map((term) => ({ term, user_id: user.id })));
}

/** Some databases answer booleans as 0 and 1. */
function fromRow(row: UserRow | undefined): UserRow | undefined {
  return (
    row && {
      ...row,
      is_active: Boolean(row.is_active),
      must_change_password: Boolean(row.must_change_password),
    }
  );
}
