import { createRequire } from 'node:module';
import type { SqliteConfig } from '../../../src/db/database-config.ts';
import type { BareDriver, Row, Statement, Value, Work } from './work.ts';

interface Prepared {
  readonly reader: boolean;
  all(...values: unknown[]): Row[];
  run(...values: unknown[]): unknown;
}

interface Connection {
  pragma(source: string): unknown;
  prepare(sql: string): Prepared;
}

const require = createRequire(import.meta.url);
const NO_ROWS: Row[] = [];

/** better-sqlite3: one connection, statements prepared once, a transaction from begin to commit without a pause. */
export function openSqlite({ file }: SqliteConfig, onStatement?: (sql: string) => void): BareDriver {
  const SqliteDatabase = require('better-sqlite3');
  const connection: Connection = new SqliteDatabase(file);
  for (const setting of [
    'busy_timeout = 5000',
    'journal_mode = WAL',
    'synchronous = FULL',
    'foreign_keys = ON',
  ])
    connection.pragma(setting);
  const [begin, commit, rollback] = ['begin immediate', 'commit', 'rollback'].map((sql) =>
    connection.prepare(sql),
  );
  const prepared = new Map<string, Prepared>();

  function run({ text }: Statement, values: Value[]): Row[] {
    onStatement?.(text);
    let found = prepared.get(text);
    if (!found) {
      found = connection.prepare(text);
      prepared.set(text, found);
    }
    const bound = values.map(toSqlite);
    if (found.reader) return found.all(...bound);
    found.run(...bound);
    return NO_ROWS;
  }

  function runSteps<T>(work: Work<T>): T {
    let step = work.next();
    while (!step.done) step = work.next(run(...step.value));
    return step.value;
  }

  return {
    rows: async (statement, values) => run(statement, values),
    async transaction(work) {
      begin!.run();
      try {
        const result = runSteps(work);
        commit!.run();
        return result;
      } catch (error) {
        rollback!.run();
        throw error;
      }
    },
  };
}

function toSqlite(value: Value): unknown {
  return typeof value === 'boolean' ? Number(value) : value;
}
