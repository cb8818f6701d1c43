import type { Knex } from 'knex';

type Key = readonly [value: string | number, id: string];

/**
 * Rows after (value, id) in the order of (column, id), as a range of the index (column, id): also in the middle of
 * many rows with equal values, which must not be walked. PostgreSQL and SQLite take a comparison of rows for a range;
 * MySQL and MariaDB do not, but make ranges of its written-out form, which the others cannot.
 */
export function beyond(
  query: Knex.QueryBuilder,
  column: string,
  direction: 'asc' | 'desc',
  [value, id]: Key,
  idColumn = 'id',
): void {
  const than = direction === 'desc' ? '<' : '>';
  if (query.client.driverName === 'mysql2') {
    query.where((or) => {
      or.where(column, than, value).orWhere((tie) => tie.where(column, value).where(idColumn, than, id));
    });
  } else {
    query.whereRaw(`(??, ??) ${than} (?, ?)`, [column, idColumn, value, id]);
  }
}

/** Texts that begin with `prefix`, as a range of an index over a keyText column. */
export function startsWith(query: Knex.QueryBuilder, column: string, prefix: string): void {
  query.where(column, '>=', prefix).where(column, '<', `${prefix}\u{10ffff}`);
}
