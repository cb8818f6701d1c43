import type { Queryable } from './db/database.ts';
import type { Value } from './db/drivers.ts';
import { statement, statements } from './db/statement.ts';

/**
 * How rows are found: by the start of a term, through one range of an index. The terms of a row are in a table of their
 * own and change in the transaction that changes the row; when it is deleted, a foreign key takes them along.
 */
export interface TermTable {
  table: string;
  /** The column with the id of the row that the term finds. */
  owner: string;
}

const MAX_TERM = 200;

/**
 * What is compared: compatible forms and letter case are equal, and what UTF-8 cannot say is U+FFFD. No more than `max` characters, and no space at its end,
 * which MySQL would ignore.
 */
export function normalizeTerm(text: string, max = MAX_TERM): string {
  return cutTerm(text.toWellFormed().normalize('NFKC').toLowerCase().trim(), max);
}

const HALF_OF_PAIR = /[\ud800-\udfff]/;

/** The first `max` characters of what is normalized. */
export function cutTerm(text: string, max: number): string {
  const start = text.slice(0, max);
  if (!HALF_OF_PAIR.test(start)) return start.trimEnd();
  // Characters beyond the first plane have two code units.
  const characters = [...text.slice(0, 2 * max)];
  return characters.slice(0, max).join('').trimEnd();
}

/** Writes the terms of one row: all in one statement, in the transaction of `db`. */
export interface TermWriter {
  insert(db: Queryable, id: string, terms: readonly string[]): Promise<void>;
  /** Puts them in the place of those that are there. */
  replace(db: Queryable, id: string, terms: readonly string[]): Promise<void>;
}

export function createTermWriter({ table, owner }: TermTable): TermWriter {
  const deleted = statement<{ id: string }>((db, p) =>
    db(table)
      .where({ [owner]: p.id })
      .delete(),
  );
  const inserted = statements<Record<string, Value>>((names) =>
    statement((db, p) =>
      db(table).insert(names.split(',').map((name) => ({ term: p[name]!, [owner]: p.id! }))),
    ),
  );

  async function insert(db: Queryable, id: string, terms: readonly string[]): Promise<void> {
    if (terms.length === 0) return;
    const named = Object.fromEntries(terms.map((term, index) => [`term${index}`, term]));
    await inserted(Object.keys(named).join()).run(db, { ...named, id });
  }

  return {
    insert,
    async replace(db, id, terms) {
      await deleted.run(db, { id });
      await insert(db, id, terms);
    },
  };
}

/** PostgreSQL takes 65,535 values in a statement, SQLite 32,766. */
const ROWS_PER_INSERT = 1000;

/** Writes the terms of many rows, for migrations and made-up data; knex would take most of the time to build this. */
export async function insertTerms(
  db: Queryable,
  { table, owner }: TermTable,
  rows: readonly (readonly [term: string, id: string])[],
): Promise<void> {
  for (let from = 0; from < rows.length; from += ROWS_PER_INSERT) {
    const slice = rows.slice(from, from + ROWS_PER_INSERT);
    const values = slice.map(() => '(?, ?)').join();
    await db.raw(`insert into ${table} (term, ${owner}) values ${values}`, slice.flat());
  }
}
