import type { Database } from '../db/database.ts';

/** One access to a table in the plan of a statement. */
export interface Access {
  table: string;
  /** The index that is used; null = the whole table is read. */
  index: string | null;
  /** Rows that were read, over all repetitions; null where the database does not tell. */
  rows: number | null;
  /** An index walked from its beginning, and not a range of it. */
  whole: boolean;
}

/** How the database ran this SELECT. Tables that exist for the time of the statement are left out. */
export function explain(db: Database, sql: string, bindings: readonly unknown[]): Promise<Access[]> {
  // PostgreSQL's placeholders have numbers, and knex wants question marks.
  return READERS[db.type](db, sql.replace(/\$\d+/g, '?'), [...bindings] as string[]);
}

/**
 * What is wrong with a plan, in words: nothing when no more than `budget` rows are read in all, which bounds every sort
 * too. Where the database does not count them, a statement with conditions must have a range of an index; one without
 * may walk an index, or the table, up to its limit. MySQL and MariaDB read a row by its key before there is a plan.
 */
export function faults(accesses: readonly Access[], sql: string, budget: number): string[] {
  const conditional = /\bwhere\b/i.test(sql);
  const found = accesses
    .filter(({ index, whole, rows }) => rows === null && conditional && (index === null || whole))
    .map(({ table }) => `${table} is read as a whole`);
  const rows = accesses.reduce((sum, access) => sum + (access.rows ?? 0), 0);
  if (rows > budget) found.push(`${rows} rows are read for a budget of ${budget}`);
  return found;
}

const READERS = { postgres: ofPostgres, mysql: ofMysql, mariadb: ofMariadb, sqlite: ofSqlite };

interface PostgresNode {
  'Node Type': string;
  'Relation Name'?: string;
  'Index Name'?: string;
  'Index Cond'?: string;
  'Actual Rows': number;
  'Actual Loops': number;
  'Rows Removed by Filter'?: number;
  'Rows Removed by Index Recheck'?: number;
  Plans?: PostgresNode[];
}

async function ofPostgres(db: Database, sql: string, bindings: string[]): Promise<Access[]> {
  const { rows } = await db.knex.raw(`explain (analyze, timing off, format json) ${sql}`, bindings);
  const visit = (node: PostgresNode): Access[] => {
    const below = (node.Plans ?? []).flatMap(visit);
    const table = node['Relation Name'];
    const bitmap = node['Node Type'] === 'Bitmap Heap Scan';
    if (table === undefined) return below;
    const index = node['Index Name'] ?? (bitmap ? (node.Plans?.[0]?.['Index Name'] ?? 'several') : null);
    const removed = (node['Rows Removed by Filter'] ?? 0) + (node['Rows Removed by Index Recheck'] ?? 0);
    const read = Math.round((node['Actual Rows'] + removed) * node['Actual Loops']);
    return [{ table, index, rows: read, whole: !bitmap && node['Index Cond'] === undefined }, ...below];
  };
  return visit(rows[0]['QUERY PLAN'][0].Plan);
}

/** Lines such as `-> Index lookup on users using users_role (role='admin') … (actual time=0.1..0.2 rows=21 loops=1)`. */
async function ofMysql(db: Database, sql: string, bindings: string[]): Promise<Access[]> {
  const [rows] = await db.knex.raw(`explain analyze ${sql}`, bindings);
  const text = String(Object.values(rows[0])[0]);
  return text.split('\n').flatMap((line): Access[] => {
    const found =
      /-> (.*?(?:scan|lookup|search)) on (\S+)(?: using (\S+))?.*\(actual time=\S+ rows=(\S+) loops=(\d+)\)/i.exec(
        line,
      );
    if (!found || found[2]!.startsWith('<') || isDerived(sql, found[2]!)) return [];
    const [, how = '', table = '', index, count, loops] = found;
    const rowsRead = Math.round(Number(count) * Number(loops));
    return [
      {
        table,
        index: index ?? null,
        rows: rowsRead,
        whole: /(table|index) scan/i.test(how) && !/range/i.test(how),
      },
    ];
  });
}

interface MariadbTable {
  table_name: string;
  access_type?: string;
  key?: string;
  r_loops?: number;
  r_rows?: number | null;
}

async function ofMariadb(db: Database, sql: string, bindings: string[]): Promise<Access[]> {
  const [rows] = await db.knex.raw(`analyze format=json ${sql}`, bindings);
  const accesses: Access[] = [];
  const visit = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return;
    const { table } = node as { table?: MariadbTable };
    if (table?.table_name && !table.table_name.startsWith('<') && !isDerived(sql, table.table_name)) {
      accesses.push({
        table: table.table_name,
        index: table.key ?? (table.access_type === 'ALL' ? null : 'PRIMARY'),
        rows: Math.round((table.r_rows ?? 0) * (table.r_loops ?? 0)),
        whole: table.access_type === 'ALL' || table.access_type === 'index',
      });
    }
    for (const child of Object.values(node)) visit(child);
  };
  visit(JSON.parse(String(Object.values(rows[0])[0])));
  return accesses;
}

/** Lines such as `SEARCH users USING INDEX users_role (role=? AND created_at<?)`, `SCAN users USING INDEX …`. */
async function ofSqlite(db: Database, sql: string, bindings: string[]): Promise<Access[]> {
  const lines: { detail: string }[] = await db.knex.raw(`explain query plan ${sql}`, bindings);
  return lines.flatMap(({ detail }): Access[] => {
    const found =
      /^(SCAN|SEARCH) (\S+)(?: USING (?:AUTOMATIC )?(?:PARTIAL )?(?:COVERING )?(?:INDEX (\S+)|(INTEGER PRIMARY KEY)))?/.exec(
        detail,
      );
    if (!found || found[2] === 'CONSTANT' || isDerived(sql, found[2]!)) return [];
    const [, how, table = '', index, key] = found;
    return [{ table, index: index ?? key ?? null, rows: null, whole: how === 'SCAN' }];
  });
}

/** Is this the name of a subquery? */
function isDerived(sql: string, name: string): boolean {
  return new RegExp(`\\) as [\`"]?${name.replace(/\W/g, '\\$&')}[\`"]?(\\W|$)`).test(sql) || /^\W/.test(name);
}
