import type { Knex } from 'knex';
import type { Queryable } from './db/database.ts';
import { beyond } from './db/keyset.ts';
import { count, type Statement, statement } from './db/statement.ts';
import { type Cursor, decodeCursor, encodeCursor } from './list-cursor.ts';
import { countCapped, MAX_FILTERED, MAX_TOTAL } from './list-totals.ts';
import {
  DEFAULT_LIMIT,
  isNumbered,
  type ListRequest,
  type ListSource,
  type Order,
  offsetOf,
  orderOf,
  type Page,
  paginate,
  sortColumn,
  sortValue,
  toPage,
  type Value,
} from './lists.ts';

/**
 * A filter by a column of few values (a facet) must not walk past a million rows that it does not want, and an index
 * for each combination of filter and order would be dozens. So each order has two: (key, id), and (facets…, key, id).
 * When only some facets are given, the page is merged from one range of the second index per value of the others.
 */

interface ListFilter {
  /** Columns and the value each must have; undefined = any. */
  equal?: Readonly<Record<string, Value | undefined>>;
}

/** One page of the rows of a table. */
export function listPage<T extends { id: string }>(
  db: Queryable,
  source: ListSource,
  filter: ListFilter,
  request: ListRequest,
): Promise<Page<T>> {
  return isNumbered(request)
    ? numberedPage(db, source, filter, request)
    : cursorPage(db, source, filter, request);
}

async function cursorPage<T extends { id: string }>(
  db: Queryable,
  source: ListSource,
  filter: ListFilter,
  request: ListRequest,
): Promise<Page<T>> {
  const limit = request.limit ?? DEFAULT_LIMIT;
  const order = orderOf(source, request);
  const { value } = sortColumn(source, request);
  const after = request.cursor === undefined ? undefined : decodeCursor(request.cursor, request.sort, value);
  // One row more than asked tells whether anything follows.
  const rows = await keysetPage<T>(db, source, filter, order, limit + 1, after);
  return toPage(rows, limit, (last) => encodeCursor([request.sort, sortValue(last, order.column), last.id]));
}

type Parameters = Record<string, Value>;

/** The queries of pages of one range, by all that their SQL depends on: built once (db/statement.ts). */
const pages = new Map<string, Statement<Parameters>>();

async function keysetPage<T>(
  db: Queryable,
  source: ListSource,
  filter: ListFilter,
  order: Order,
  limit: number,
  after: Cursor | undefined,
): Promise<T[]> {
  // A merge of ranges is long, and there are many of them: more than should stay prepared on each connection.
  if (facetRanges(source, filter).length > 1) return pageQuery(db, source, filter, order, limit, 0, after);
  const given = Object.entries(filter.equal ?? {}).filter(([, value]) => value !== undefined);
  const columns = given.map(([column]) => column);
  const shape = JSON.stringify([source.table, columns, order, after !== undefined]);
  let page = pages.get(shape);
  if (!page) {
    page = statement<Parameters>((sql, p) => {
      const equal = Object.fromEntries(columns.map((column) => [column, p[`equal_${column}`]]));
      const key = after && ['', p.value, p.id];
      // Knex takes placeholders wherever it takes values.
      return pageQuery(
        sql,
        source,
        { equal } as ListFilter,
        order,
        count(p.limit!),
        0,
        key as Cursor | undefined,
      );
    });
    pages.set(shape, page);
  }
  const values = Object.fromEntries(given.map(([column, value]) => [`equal_${column}`, value as Value]));
  return page.all<T>(db, { ...values, limit, ...(after && { value: after[1], id: after[2] }) });
}

async function numberedPage<T extends { id: string }>(
  db: Queryable,
  source: ListSource,
  filter: ListFilter,
  request: ListRequest,
): Promise<Page<T>> {
  const page = request.page ?? 1;
  const perPage = request.per_page ?? DEFAULT_LIMIT;
  const matching = filtered(db, source, filter).select(db.raw('1 as one'));
  const most = isNarrowed(filter) ? MAX_FILTERED : MAX_TOTAL;
  const counted = await countCapped(db, matching, [source.table, filter.equal], most);
  const order = orderOf(source, request);
  const items: T[] = await pageQuery(db, source, filter, order, perPage, offsetOf(request));
  return { items, next_cursor: null, pagination: paginate(page, perPage, counted) };
}
/**
 * Rows after a key or an offset. What is skipped or merged is read from indexes alone, as keys and ids; whole rows are
 * fetched for the page only.
 */
function pageQuery(
  db: Queryable,
  source: ListSource,
  filter: ListFilter,
  order: Order,
  limit: number,
  offset: number,
  after?: Cursor,
): Knex.QueryBuilder {
  const ranges = facetRanges(source, filter);
  const range = (equal: Readonly<Record<string, Value>>, columns: string[]) => {
    const query = filtered(db, source, filter).where(equal).select(columns);
    if (after) beyond(query, order.column, order.direction, [after[1], after[2]]);
    return query.orderBy(orderBy(order));
  };
  if (ranges.length === 1 && offset === 0) return range(ranges[0]!, ['*']).limit(limit);

  const keys = ['id', order.column];
  const parts = ranges.map((equal, index) =>
    db.select(keys).from(
      range(equal, keys)
        .limit(offset + limit)
        .as(`part${index}`),
    ),
  );
  const merged =
    ranges.length === 1 ? range(ranges[0]!, keys) : mergedParts(db, parts).orderBy(orderBy(order));
  const picked = merged.limit(limit).offset(offset).as('picked');
  return db
    .select('listed.*')
    .from(picked)
    .join(`${source.table} as listed`, 'listed.id', 'picked.id')
    .orderBy(orderBy({ ...order, column: `picked.${order.column}` }, 'picked.id'));
}

function isNarrowed({ equal = {} }: ListFilter): boolean {
  return Object.values(equal).some((value) => value !== undefined);
}

/** The rows of several queries one after the other. */
export function mergedParts(db: Queryable, parts: Knex.QueryBuilder[]): Knex.QueryBuilder {
  const [first, ...others] = parts;
  return db.select('*').from(first!.unionAll(others).as('merged'));
}

function filtered(db: Queryable, { table }: ListSource, { equal = {} }: ListFilter) {
  const query = db(table);
  for (const [column, value] of Object.entries(equal)) {
    if (value !== undefined) query.where(column, value);
  }
  return query;
}

/** The facets that the filter leaves open, in every combination; one empty combination when there is no need. */
export function facetRanges(
  { facets = {} }: ListSource,
  { equal = {} }: ListFilter,
): Record<string, Value>[] {
  const open = Object.entries(facets).filter(([name]) => equal[name] === undefined);
  if (open.length === Object.keys(facets).length) return [{}];
  let ranges: Record<string, Value>[] = [{}];
  for (const [name, values] of open) {
    ranges = ranges.flatMap((range) => values.map((value) => ({ ...range, [name]: value })));
  }
  return ranges;
}
function orderBy({ column, direction }: Order, id = 'id') {
  return [
    { column, order: direction },
    { column: id, order: direction },
  ];
}
