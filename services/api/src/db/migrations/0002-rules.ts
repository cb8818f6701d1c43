import { randomUUID } from 'node:crypto';
import type { Knex } from 'knex';
import { keyText } from '../dialect.ts';

const UUID = 36;
/** Longest IPv6 prefix in text. */
const CIDR = 43;
/** Lower case can be longer than what it was made of. */
const NAME_KEY = 200;
const SEARCH_TEXT = 2300;

export async function up(knex: Knex): Promise<void> {
  const client = knex.client.driverName;

  await knex.schema.createTable('rules', (table) => {
    keyText(table, 'id', UUID, client).primary();
    table.string('name', 100).notNullable();
    table.string('description', 1000).notNullable();
    // Name in lower case, for sorting; name and description in lower case, for searching.
    keyText(table, 'name_key', NAME_KEY, client).notNullable();
    keyText(table, 'search_text', SEARCH_TEXT, client).notNullable();
    table.boolean('enabled').notNullable();
    table.integer('priority').notNullable();
    keyText(table, 'action', 20, client).notNullable();
    keyText(table, 'protocol', 10, client).notNullable();
    table.string('src_cidr', CIDR);
    table.string('dst_cidr', CIDR);
    table.integer('src_port_min');
    table.integer('src_port_max');
    table.integer('dst_port_min');
    table.integer('dst_port_max');
    table.integer('rate_pps');
    table.integer('burst');
    // The ETag: a change is an UPDATE … WHERE version = what its author read.
    table.integer('version').notNullable();
    table.bigInteger('created_at').notNullable();
    table.bigInteger('updated_at').notNullable();
    table.index(['priority', 'id'], 'rules_priority');
    table.index(['name_key', 'id'], 'rules_name');
    table.index(['created_at', 'id'], 'rules_created');
    table.index(['updated_at', 'id'], 'rules_updated');
  });

  // One row. Its revision grows in the transaction of every change of a rule; writers queue for its lock.
  await knex.schema.createTable('ruleset_state', (table) => {
    table.integer('id').primary();
    keyText(table, 'source_id', UUID, client).notNullable();
    table.bigInteger('revision').notNullable();
    table.integer('rule_count').notNullable();
  });
  await knex('ruleset_state').insert({ id: 1, source_id: randomUUID(), revision: 1, rule_count: 0 });
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.dropTableIfExists('ruleset_state');
  await knex.schema.dropTableIfExists('rules');
}
