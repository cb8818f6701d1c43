import { z } from 'zod';
import { Text } from './list-cursor.ts';
import { MAX_FILTERED, MAX_MATCHES, MAX_TOTAL } from './list-totals.ts';

/**
 * Lists. With `cursor` a page is found by its key in an index and costs the same at any depth (keyset pagination);
 * with `page` it is counted and skipped to, for people who want page numbers, so far and no further. Order always ends
 * with the id, so that equal keys never lose or repeat a row.
 */

const MAX_LIMIT = 100;
export const DEFAULT_LIMIT = 20;

/** The query parameters of a list; `sorts` are the fields that may be sorted by, with `-` for descending. */
export function listQuery<const S extends string, F extends z.ZodRawShape>(
  sorts: readonly [S, ...S[]],
  byDefault: S | `-${S}`,
  filters: F,
) {
  const count = z.coerce.number().int().min(1).max(MAX_LIMIT);
  return z
    .strictObject({
      cursor: z.string().max(2000).optional().meta({ description: 'next_cursor of the page before' }),
      limit: count.optional().meta({ description: `Items per page, default ${DEFAULT_LIMIT}` }),
      page: z.coerce
        .number()
        .int()
        .min(1)
        .max(100_000)
        .optional()
        .meta({
          description:
            `Page number, instead of cursor; for the first ${MAX_TOTAL} items, the first ${MAX_FILTERED} ` +
            `that a filter leaves, or the first ${MAX_MATCHES} that a search finds`,
        }),
      per_page: count.optional(),
      sort: sortQuery(sorts, byDefault),
      ...filters,
    })
    .refine((query) => !mixesModes(query as ListRequest), {
      path: ['page'],
      message: 'Use either cursor and limit or page and per_page',
    })
    .refine((query) => offsetOf(query as ListRequest) < lastOffset(query), {
      path: ['page'],
      message:
        `Page numbers end at ${MAX_TOTAL} items, with a filter at ${MAX_FILTERED}, ` +
        `with a search at ${MAX_MATCHES}; use cursor`,
    });
}

/** The parameter `sort` alone, for what is no page, such as an export. */
export function sortQuery<const S extends string>(sorts: readonly [S, ...S[]], byDefault: S | `-${S}`) {
  const choices = sorts.flatMap((sort): (S | `-${S}`)[] => [sort, `-${sort}`]);
  return z.enum(choices as [S | `-${S}`, ...(S | `-${S}`)[]]).default(byDefault as never);
}

const NO_FILTERS = new Set(['cursor', 'limit', 'page', 'per_page', 'sort']);

function lastOffset(query: object): number {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== '');
  const filters = given.map(([name]) => name).filter((name) => !NO_FILTERS.has(name));
  if (filters.includes('q')) return MAX_MATCHES;
  return filters.length > 0 ? MAX_FILTERED : MAX_TOTAL;
}

function mixesModes({ page, per_page, cursor, limit }: ListRequest): boolean {
  return (page ?? per_page) !== undefined && (cursor ?? limit) !== undefined;
}

/** Rows before a numbered page. */
export const offsetOf = ({ page, per_page }: ListRequest) => ((page ?? 1) - 1) * (per_page ?? DEFAULT_LIMIT);

export interface ListRequest {
  cursor?: string | undefined;
  limit?: number | undefined;
  page?: number | undefined;
  per_page?: number | undefined;
  sort: string;
}

export interface Page<T> {
  items: T[];
  next_cursor: string | null;
  pagination?: { page: number; per_page: number; total: number; pages: number; total_is_capped: boolean };
}
/** A not-null column that a list is sorted by, indexed together with the id. */
interface SortColumn {
  column: string;
  /** What its values are: a client can forge a cursor, and databases fail on a value of another type or range. */
  value: z.ZodType<string | number>;
}

export const textColumn = (column: string): SortColumn => ({ column, value: Text });
/** Epoch milliseconds, or any other bigint. */
export const bigintColumn = (column: string): SortColumn => ({ column, value: z.int() });
export const integerColumn = (column: string): SortColumn => ({ column, value: z.int32() });

export type Value = string | number | boolean;

export interface ListSource {
  table: string;
  /** The column of each sort. */
  sorts: Readonly<Record<string, SortColumn>>;
  /** Every value of each facet, in the order of the columns in the indexes that begin with them. */
  facets?: Readonly<Record<string, readonly Value[]>>;
}

export interface Order {
  column: string;
  direction: 'asc' | 'desc';
}

export const isNumbered = ({ page, per_page }: ListRequest) => (page ?? per_page) !== undefined;
/** Cuts off the row that was read to see whether anything follows. */
export function toPage<T>(rows: T[], limit: number, cursorOf: (last: T) => string): Page<T> {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return { items, next_cursor: rows.length > limit && last !== undefined ? cursorOf(last) : null };
}

export const sortValue = (row: object, column: string) => (row as Record<string, string | number>)[column]!;
/** The numbers below a numbered page. */
export function paginate(page: number, perPage: number, counted: { total: number; capped: boolean }) {
  return {
    page,
    per_page: perPage,
    total: counted.total,
    pages: Math.ceil(counted.total / perPage),
    total_is_capped: counted.capped,
  };
}
/** The column that is sorted by, and what its values are. */
export function sortColumn(source: ListSource, { sort }: ListRequest): SortColumn {
  return source.sorts[sort.replace(/^-/, '')]!;
}

export function orderOf(source: ListSource, request: ListRequest): Order {
  const direction = request.sort.startsWith('-') ? 'desc' : 'asc';
  return { column: sortColumn(source, request).column, direction };
}
/**
 * Rows of a page of an export. No fewer than a search collects and sorts at the most (list-search.ts): it must end with
 * its first page, as the second could find too many by then to go on in the same order.
 */
export const EXPORT_BATCH = 1000;

/** All of a list, page after page, for exports: each page is a query of its own and holds nothing in between. */
export async function* everyPage<T>(list: (cursor: string | undefined) => Promise<Page<T>>) {
  let cursor: string | undefined;
  do {
    const page = await list(cursor);
    yield page.items;
    cursor = page.next_cursor ?? undefined;
  } while (cursor !== undefined);
}
