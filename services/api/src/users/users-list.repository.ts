import type { Queryable } from '../db/database.ts';
import { listPage } from '../list-page.ts';
import { type SearchSource, searchPage } from '../list-search.ts';
import { bigintColumn, type ListRequest, type Page, textColumn } from '../lists.ts';
import { ROLE_NAMES, type RoleName } from '../permissions.ts';
import { normalizeTerm } from '../search-terms.ts';
import { USER_TERMS } from './search.ts';
import { fromRow, type UserRow } from './users.repository.ts';

export type UserFilter = ListRequest & {
  q?: string | undefined;
  role?: RoleName | undefined;
  is_active?: boolean | undefined;
};

const USERS: SearchSource = {
  table: 'users',
  sorts: {
    created_at: bigintColumn('created_at'),
    email: textColumn('email'),
    full_name: textColumn('name_key'),
  },
  facets: { role: ROLE_NAMES, is_active: [true, false] },
  terms: USER_TERMS,
};

export async function listUsers(db: Queryable, filter: UserFilter): Promise<Page<UserRow>> {
  const { q, role, is_active } = filter;
  const equal = { role, is_active };
  const page: Page<UserRow> = q
    ? await searchPage(db, USERS, { term: normalizeTerm(q), equal }, filter)
    : await listPage(db, USERS, { equal }, filter);
  return { ...page, items: page.items.map((row) => fromRow(row)!) };
}
