import type { Database, Transaction } from '../../src/db/database.ts';

/** PostgreSQL takes 65,535 values in a statement. */
const MAX_VALUES = 30_000;
const ROWS_PER_TRANSACTION = 5000;

type Row = Record<string, unknown>;

/** Inserts rows as they are, many in a statement; the SQL is put together by hand, as knex would take most of the time. */
export async function insertMany(trx: Transaction, table: string, rows: readonly Row[]): Promise<void> {
  if (rows.length === 0) return;
  const columns = Object.keys(rows[0]!);
  if (trx.client.driverName === 'better-sqlite3') return insertEach(trx, table, columns, rows);
  const most = Math.floor(MAX_VALUES / columns.length);
  const one = `(${columns.map(() => '?').join(',')})`;
  for (let from = 0; from < rows.length; from += most) {
    const slice = rows.slice(from, from + most);
    const values = Array(slice.length).fill(one).join(',');
    await trx.raw(
      `insert into ${table} (${columns.join(',')}) values ${values}`,
      slice.flatMap(valuesOf(columns)),
    );
  }
}

/** SQLite has no round trips to save, and its large statements stay in memory until the garbage collector sees them. */
async function insertEach(
  trx: Transaction,
  table: string,
  columns: string[],
  rows: readonly Row[],
): Promise<void> {
  const connection = await trx.client.acquireConnection();
  const marks = columns.map(() => '?').join(',');
  const insert = connection.prepare(`insert into ${table} (${columns.join(',')}) values (${marks})`);
  for (const values of rows.map(valuesOf(columns))) insert.run(values);
}

/** SQLite knows no booleans. */
const valuesOf = (columns: string[]) => (row: Row) =>
  columns.map((column) => (typeof row[column] === 'boolean' ? Number(row[column]) : row[column]) as string);

export type Progress = (done: number, total: number) => void;

/** Calls `write` with numbers 0…total-1, some thousand in each transaction; no more than these are in memory. */
export async function inTransactions(
  db: Database,
  total: number,
  progress: Progress,
  write: (trx: Transaction, from: number, to: number) => Promise<void>,
): Promise<void> {
  for (let from = 0; from < total; from += ROWS_PER_TRANSACTION) {
    const to = Math.min(total, from + ROWS_PER_TRANSACTION);
    await db.transaction((trx) => write(trx, from, to));
    progress(to, total);
  }
}

export const numbers = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => from + index);

/** Fresh statistics, without which the first queries after so many rows get the wrong plans. */
export async function analyze(db: Database, tables: readonly string[]): Promise<void> {
  if (db.type === 'postgres') for (const table of tables) await db.knex.raw(`vacuum analyze ${table}`);
  else if (db.type === 'sqlite') await db.knex.raw('analyze');
  else await db.knex.raw(`analyze table ${tables.join(', ')}`);
}
