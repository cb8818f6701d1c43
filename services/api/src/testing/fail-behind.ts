import type { Database } from '../db/database.ts';

export class InjectedFailure extends Error {
  override readonly name = 'InjectedFailure';
}

interface Client {
  _query(connection: object, query: { sql: string }): Promise<unknown>;
}

/** Counts the statements that reach the driver of this database, and fails after one of them. */
export interface StatementTrap {
  /** From now on: the statement number `count` is run, and then fails. */
  arm(count: number): void;
  disarm(): void;
  restore(): void;
}

/** For everything of this kind of database in this process: restore() it. */
export function trapStatements({ knex }: Database): StatementTrap {
  const prototype: Client = Object.getPrototypeOf(knex.client);
  const original = prototype._query;
  let left = Number.POSITIVE_INFINITY;
  prototype._query = async function trapped(connection, query) {
    const answer = await original.call(this, connection, query);
    left -= 1;
    if (left === 0) throw new InjectedFailure('stopped by the test');
    return answer;
  };
  return {
    arm(count) {
      left = count;
    },
    disarm() {
      left = Number.POSITIVE_INFINITY;
    },
    restore() {
      prototype._query = original;
    },
  };
}
