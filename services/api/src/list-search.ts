import type { Knex } from 'knex';
import type { Queryable } from './db/database.ts';
import { beyond, startsWith } from './db/keyset.ts';
import { decodeCursor, encodeCursor, sortOfCursor, Text } from './list-cursor.ts';
import { facetRanges, mergedParts } from './list-page.ts';
import { pageOfSorted } from './list-sorted.ts';
import { MAX_MATCHES } from './list-totals.ts';
import {
  DEFAULT_LIMIT,
  isNumbered,
  type ListRequest,
  type ListSource,
  offsetOf,
  type Page,
  paginate,
  toPage,
  type Value,
} from './lists.ts';
import type { TermTable } from './search-terms.ts';

/**
 * No index holds "begins with" and another order at once. What few match is collected and sorted; what many match is
 * walked in the order of the terms. So the first letter of a search in a million rows costs no more than the last.
 */

/** A list that can be searched. */
export interface SearchSource extends ListSource {
  terms: TermTable;
}

/**
 * Rows that are collected and sorted here, where no database can get the idea of walking a million in order. All of
 * them have numbered pages.
 */
const FEW = MAX_MATCHES;
/**
 * Terms that numbered pages look at. A row has several, but few of them begin the same. With a filter more are looked
 * at, and still a filter that leaves one in a hundred ends the numbered pages early; the cursor goes on.
 */
const WINDOW = 2 * MAX_MATCHES;
const FILTERED_WINDOW = 10 * MAX_MATCHES;
/** The order of a search that finds many; part of its cursors. */
const BY_TERM = 'term';

interface Search {
  /** The start of a term, normalized as the terms are. */
  term: string;
  /** Columns and the value each must have; undefined = any. */
  equal: Readonly<Record<string, Value | undefined>>;
}

type Id = { id: string };

/** One page of the rows that a search finds. */
export async function searchPage<T extends Id>(
  db: Queryable,
  source: SearchSource,
  search: Search,
  request: ListRequest,
): Promise<Page<T>> {
  const ids = await few(db, source, search, request);
  if (ids) return pageOfFew<T>(db, source, ids, search, request);
  return isNumbered(request)
    ? numberedPage<T>(db, source, search, request)
    : cursorPage<T>(db, source, search, request);
}

/** What matches; undefined when it is many. */
async function few(
  db: Queryable,
  source: SearchSource,
  search: Search,
  { cursor }: ListRequest,
): Promise<string[] | undefined> {
  if (cursor === undefined) return collected(db, source, search, FEW);
  // A sorted list goes on as it began, also when some more match by now.
  return sortOfCursor(cursor) === BY_TERM ? undefined : collected(db, source, search, 2 * FEW);
}

async function collected(
  db: Queryable,
  source: SearchSource,
  search: Search,
  most: number,
): Promise<string[] | undefined> {
  const { table, owner } = source.terms;
  const query = db(table).limit(most + 1);
  startsWith(query, 'term', search.term);
  const ids: string[] = await query.pluck(owner);
  return ids.length <= most ? [...new Set(ids)] : collectedByFilter(db, source, search, most);
}

/** The same from the other side: when the filter leaves few rows, those of them that match. */
async function collectedByFilter(
  db: Queryable,
  source: SearchSource,
  search: Search,
  most: number,
): Promise<string[] | undefined> {
  const equal = given(search);
  if (Object.keys(equal).length === 0) return undefined;
  // A range of the facets' index for each value that the filter leaves open: without the first facet it is no range.
  const parts = facetRanges(source, { equal }).map((range, n) => {
    const ids = db(source.table)
      .where(equal)
      .where(range)
      .select('id')
      .limit(most + 1);
    return db.select('id').from(ids.as(`part${n}`));
  });
  const left: string[] = await mergedParts(db, parts)
    .clearSelect()
    .limit(most + 1)
    .pluck('id');
  if (left.length > most) return undefined;
  const { terms } = source;
  const query = db(terms.table).whereIn(terms.owner, left);
  startsWith(query, 'term', search.term);
  return [...new Set<string>(await query.pluck(terms.owner))];
}

const given = ({ equal }: Search): Record<string, Value> =>
  Object.fromEntries(Object.entries(equal).filter(([, value]) => value !== undefined)) as never;

async function pageOfFew<T extends Id>(
  db: Queryable,
  source: SearchSource,
  ids: string[],
  search: Search,
  request: ListRequest,
): Promise<Page<T>> {
  const columns = Object.values(source.sorts).map(({ column }) => column);
  const found = await db(source.table)
    .whereIn('id', ids)
    .where(given(search))
    .select('id', ...columns);
  const page = pageOfSorted<Id>(found, source, request);
  const rows: T[] = await db(source.table).whereIn(
    'id',
    page.items.map(({ id }) => id),
  );
  const byId = new Map(rows.map((row) => [row.id, row]));
  // What was deleted in between is left out.
  return { ...page, items: page.items.flatMap(({ id }) => byId.get(id) ?? []) };
}

/** Each row once, by the first of its terms that match, in the order of the terms. */
async function cursorPage<T extends Id>(
  db: Queryable,
  source: SearchSource,
  search: Search,
  { cursor, limit = DEFAULT_LIMIT }: ListRequest,
): Promise<Page<T>> {
  const { table, owner } = source.terms;
  const id = `found.${owner}`;
  const earlier = db(`${table} as earlier`)
    .select(db.raw('1'))
    .where(`earlier.${owner}`, db.ref(id))
    .where('earlier.term', '>=', search.term)
    .where('earlier.term', '<', db.ref('found.term'));
  const query = db(`${table} as found`)
    .select('found.term', id)
    .whereNotExists(earlier)
    .orderBy(['found.term', id]);
  startsWith(query, 'found.term', search.term);
  if (cursor !== undefined) {
    const [, term, last] = decodeCursor(cursor, BY_TERM, Text);
    beyond(query, 'found.term', 'asc', [term, last], id);
  }
  const rows = await rowsOf<T>(db, source, filtered(query, source, search).limit(limit + 1));
  const page = toPage(rows, limit, (last) => encodeCursor([BY_TERM, last.found_term, last.id]));
  return { ...page, items: page.items.map(withoutTerm) };
}

/** The same with page numbers, over the first of the terms; where there are more, the total is capped. */
async function numberedPage<T extends Id>(
  db: Queryable,
  source: SearchSource,
  search: Search,
  request: ListRequest,
): Promise<Page<T>> {
  const { page = 1, per_page: perPage = DEFAULT_LIMIT } = request;
  const { table, owner } = source.terms;
  const most = Object.keys(given(search)).length > 0 ? FILTERED_WINDOW : WINDOW;
  const window = db(table).select('term', owner).orderBy(['term', owner]).limit(most);
  startsWith(window, 'term', search.term);
  const matches = () => {
    const each = db.from(window.clone().as('found')).groupBy(`found.${owner}`).select(`found.${owner}`);
    return filtered(each, source, search);
  };
  const [counted]: { matching: number | string; terms: number | string }[] = await db.select({
    matching: db.count('*').from(matches().as('matching')),
    terms: db.count('*').from(window.clone().as('seen')),
  });
  const matching = Number(counted!.matching);
  const capped = matching > MAX_MATCHES || Number(counted!.terms) === most;
  const picked = matches()
    .min({ term: 'found.term' })
    .orderBy(['term', owner])
    .limit(perPage)
    .offset(offsetOf(request));
  const pagination = paginate(page, perPage, { total: Math.min(matching, MAX_MATCHES), capped });
  const rows = await rowsOf<T>(db, source, picked);
  return { items: rows.map(withoutTerm), next_cursor: null, pagination };
}

/** Not a join: MySQL would begin with the filter then, and sort all that it leaves. */
function filtered(
  query: Knex.QueryBuilder,
  { table, terms }: SearchSource,
  search: Search,
): Knex.QueryBuilder {
  const filter = given(search);
  if (Object.keys(filter).length === 0) return query;
  const row = query.client
    .queryBuilder()
    .from(`${table} as filtered`)
    .select(query.client.raw('1'))
    .whereRaw('?? = ??', ['filtered.id', `found.${terms.owner}`])
    .where(
      Object.fromEntries(Object.entries(filter).map(([column, value]) => [`filtered.${column}`, value])),
    );
  return query.whereRaw('? = 1', [row]);
}

type Found<T> = T & { found_term: string };

/** The whole rows of a page of matches. */
function rowsOf<T>(
  db: Queryable,
  { table, terms }: SearchSource,
  picked: Knex.QueryBuilder,
): Promise<Found<T>[]> {
  return db
    .select(`${table}.*`, 'picked.term as found_term')
    .from(picked.as('picked'))
    .join(table, `${table}.id`, `picked.${terms.owner}`)
    .orderBy(['picked.term', `picked.${terms.owner}`]) as never;
}

function withoutTerm<T>({ found_term: _, ...row }: Found<T>): T {
  return row as T;
}
