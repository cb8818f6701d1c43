import { decodeCursor, encodeCursor } from './list-cursor.ts';
import {
  DEFAULT_LIMIT,
  isNumbered,
  type ListRequest,
  type ListSource,
  offsetOf,
  orderOf,
  type Page,
  paginate,
  sortColumn,
  sortValue,
  toPage,
} from './lists.ts';

/** One page of rows that are all here, with the columns of every sort and the id; in the order of the databases. */
export function pageOfSorted<T extends { id: string }>(
  rows: T[],
  source: ListSource,
  request: ListRequest,
): Page<T> {
  const { column, direction } = orderOf(source, request);
  const sign = direction === 'desc' ? -1 : 1;
  const compare = (a: Key, b: Key) => sign * (compareValues(a[0], b[0]) || compareValues(a[1], b[1]));
  const keyOf = (row: T): Key => [sortValue(row, column), row.id];
  const sorted = rows.toSorted((a, b) => compare(keyOf(a), keyOf(b)));
  if (isNumbered(request)) {
    const { page = 1, per_page: perPage = DEFAULT_LIMIT } = request;
    const items = sorted.slice(offsetOf(request), offsetOf(request) + perPage);
    const pagination = paginate(page, perPage, { total: rows.length, capped: false });
    return { items, next_cursor: null, pagination };
  }
  const { cursor, limit = DEFAULT_LIMIT, sort } = request;
  const { value } = sortColumn(source, request);
  const after = cursor === undefined ? undefined : decodeCursor(cursor, sort, value);
  const left = after ? sorted.filter((row) => compare(keyOf(row), [after[1], after[2]]) > 0) : sorted;
  return toPage(left, limit, (last) => encodeCursor([sort, ...keyOf(last)]));
}

type Key = [value: string | number, id: string];

/** Texts by code point, as the databases compare them. */
function compareValues(a: string | number, b: string | number): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return Buffer.compare(Buffer.from(String(a)), Buffer.from(String(b)));
}
