import type { Knex } from 'knex';
import * as m0001 from './0001-users-sessions-audit.ts';
import * as m0002 from './0002-rules.ts';
import * as m0003 from './0003-scale.ts';
import * as m0004 from './0004-rule-search.ts';

interface Migration {
  up(knex: Knex): Promise<void>;
  /**
   * Takes back `up`, **or any half of it**: MySQL commits at each DDL statement, and a migrator that died in the middle
   * is helped by down and up again. So nothing here may fail because something is not there (dropTableIfExists,
   * dropIndexes). migrator.test.ts stops each migration after each of its statements.
   */
  down(knex: Knex): Promise<void>;
}

/**
 * In order, and never reordered or edited once released. During a rolling update the old code runs on the new schema:
 * add first, remove in a later release.
 */
export const MIGRATIONS: Readonly<Record<string, Migration>> = {
  '0001-users-sessions-audit': m0001,
  '0002-rules': m0002,
  '0003-scale': m0003,
  '0004-rule-search': m0004,
};
