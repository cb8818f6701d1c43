import type { Knex } from 'knex';
import type { Queryable } from './db/database.ts';

/** As far as a whole list is counted and its pages are numbered. */
export const MAX_TOTAL = 5_000;
/** The same for what a filter leaves: a row that is skipped is read once for each range that is merged. */
export const MAX_FILTERED = 200;
/** The same for what a search finds. */
export const MAX_MATCHES = 500;

/** A list that was longer than can be counted is not counted again for so long. */
const REMEMBER_MS = 30_000;
const MAX_REMEMBERED = 1000;

/** Per pool of connections: until when which filters are known to match more than is counted. */
const longLists = new WeakMap<object, Map<string, number>>();

/**
 * Counts rows, exactly up to `most`. Counting as far costs the same for five thousand rows and for a million, but more
 * than the page itself: that a list is long is therefore remembered for a while. `filters` names what is counted.
 */
export async function countCapped(
  db: Queryable,
  matching: Knex.QueryBuilder,
  filters: unknown,
  most: number,
): Promise<{ total: number; capped: boolean }> {
  const known = knownLists(db);
  const key = JSON.stringify(filters);
  if ((known.get(key) ?? 0) > Date.now()) return { total: most, capped: true };
  known.delete(key);
  const [row]: { total: number | string }[] = await db
    .count({ total: '*' })
    .from(matching.limit(most + 1).as('counted'));
  const total = Number(row!.total);
  if (total <= most) return { total, capped: false };
  if (known.size >= MAX_REMEMBERED) known.clear();
  known.set(key, Date.now() + REMEMBER_MS);
  return { total: most, capped: true };
}

function knownLists(db: Queryable): Map<string, number> {
  const pool: object = db.client;
  const known = longLists.get(pool) ?? new Map<string, number>();
  longLists.set(pool, known);
  return known;
}
