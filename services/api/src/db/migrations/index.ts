import type { Knex } from 'knex';
import * as m0001 from './0001-users-sessions-audit.ts';
import * as m0002 from './0002-rules.ts';

interface Migration {
  up(knex: Knex): Promise<void>;
  down(knex: Knex): Promise<void>;
}

/**
 * In order, and never reordered or edited once released. During a rolling update the old code runs on the new schema:
 * add first, remove in a later release.
 */
export const MIGRATIONS: Readonly<Record<string, Migration>> = {
  '0001-users-sessions-audit': m0001,
  '0002-rules': m0002,
};
