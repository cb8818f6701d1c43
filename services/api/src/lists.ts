import type { Knex } from 'knex';
import { z } from 'zod';
import { AppError } from './errors.ts';

/**
 * Lists. With `cursor` a page is found by its key in an index and costs the same at any depth (keyset pagination);
 * with `page` it is counted and skipped to, for people who want page numbers. Order always ends with the id, so that
 * equal keys never lose or repeat a row.
 */

const MAX_LIMIT = 100;
const DEFAULT_LIMIT = 20;

/** The query parameters of a list; `sorts` are the fields that may be sorted by, with `-` for descending. */
export function listQuery<const S extends string, F extends z.ZodRawShape>(
  sorts: readonly [S, ...S[]],
  byDefault: S | `-${S}`,
  filters: F,
) {
  const choices = sorts.flatMap((sort): (S | `-${S}`)[] => [sort, `-${sort}`]);
  const count = z.coerce.number().int().min(1).max(MAX_LIMIT);
  return z
    .strictObject({
      cursor: z.string().max(1000).optional().meta({ description: 'next_cursor of the page before' }),
      limit: count.optional().meta({ description: `Items per page, default ${DEFAULT_LIMIT}` }),
      page: z.coerce
        .number()
        .int()
        .min(1)
        .max(100_000)
        .optional()
        .meta({ description: 'Page number, instead of cursor' }),
      per_page: count.optional(),
      sort: z.enum(choices as [S | `-${S}`, ...(S | `-${S}`)[]]).default(byDefault as never),
      ...filters,
    })
    .refine((query) => !mixesModes(query as ListRequest), {
      path: ['page'],
      message: 'Use either cursor and limit or page and per_page',
    });
}

function mixesModes({ page, per_page, cursor, limit }: ListRequest): boolean {
  return (page ?? per_page) !== undefined && (cursor ?? limit) !== undefined;
}

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
  pagination?: { page: number; per_page: number; total: number; pages: number };
}

/** A not-null column that a list is sorted by, indexed together with the id. */
interface SortColumn {
  column: string;
  /** What its values are: a client can forge a cursor, and databases fail on a value of another type or range. */
  value: z.ZodType<string | number>;
}

/** Like each string from a client, without NUL, which PostgreSQL refuses. */
const Text = z.string().refine((text) => !text.includes('\0'));

export const textColumn = (column: string): SortColumn => ({ column, value: Text });
/** Epoch milliseconds, or any other bigint. */
export const bigintColumn = (column: string): SortColumn => ({ column, value: z.int() });
export const integerColumn = (column: string): SortColumn => ({ column, value: z.int32() });

type Cursor = [sort: string, value: string | number, id: string];

/** Runs a filtered query as a page. `columns` has the column of each sort; the rows must hold it and `id`. */
export async function listPage<T extends { id: string }>(
  query: Knex.QueryBuilder,
  request: ListRequest,
  columns: Readonly<Record<string, SortColumn>>,
): Promise<Page<T>> {
  const descending = request.sort.startsWith('-');
  const { column, value } = columns[request.sort.replace(/^-/, '')]!;
  const direction = descending ? 'desc' : 'asc';
  const ordered = query.clone().orderBy([
    { column, order: direction },
    { column: 'id', order: direction },
  ]);
  if (request.page !== undefined || request.per_page !== undefined)
    return numberedPage(query, ordered, request);

  const limit = request.limit ?? DEFAULT_LIMIT;
  if (request.cursor !== undefined) {
    after(ordered, column, descending, decode(request.cursor, request.sort, value));
  }
  // One row more than asked tells whether anything follows.
  const rows: T[] = await ordered.limit(limit + 1);
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  const more = rows.length > limit && last !== undefined;
  return { items, next_cursor: more ? encode(request.sort, last[column as keyof T], last.id) : null };
}

function after(query: Knex.QueryBuilder, column: string, descending: boolean, [, value, id]: Cursor): void {
  const beyond = descending ? '<' : '>';
  // (column, id) beyond (value, id), written so that every database takes the first line as the range of its index.
  query.where(column, `${beyond}=`, value).andWhere((or) => {
    or.where(column, beyond, value).orWhere('id', beyond, id);
  });
}

async function numberedPage<T>(
  query: Knex.QueryBuilder,
  ordered: Knex.QueryBuilder,
  request: ListRequest,
): Promise<Page<T>> {
  const page = request.page ?? 1;
  const perPage = request.per_page ?? DEFAULT_LIMIT;
  const [counted] = await query.clone().clearSelect().count({ total: '*' });
  const total = Number(counted.total);
  const items: T[] = await ordered.limit(perPage).offset((page - 1) * perPage);
  return {
    items,
    next_cursor: null,
    pagination: { page, per_page: perPage, total, pages: Math.ceil(total / perPage) },
  };
}

function encode(sort: string, value: unknown, id: string): string {
  return Buffer.from(JSON.stringify([sort, value, id])).toString('base64url');
}

function decode(cursor: string, sort: string, value: SortColumn['value']): Cursor {
  const given = parseJson(Buffer.from(cursor, 'base64url').toString());
  const parsed = z.tuple([z.literal(sort), value, Text]).safeParse(given);
  if (parsed.success) return parsed.data;
  const message = `Not a cursor of this list with sort=${sort}`;
  throw new AppError('validation_failed', undefined, { fields: [{ path: 'cursor', message }] });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Whatever a client made up: undefined fails the schema.
    return undefined;
  }
}
