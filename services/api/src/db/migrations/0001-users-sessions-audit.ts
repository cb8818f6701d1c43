import type { Knex } from 'knex';
import { keyText } from '../dialect.ts';

/** Longest e-mail address of RFC 5321. */
const EMAIL = 254;
const UUID = 36;
const SHA256_HEX = 64;

export async function up(knex: Knex): Promise<void> {
  const client = knex.client.driverName;

  await knex.schema.createTable('users', (table) => {
    keyText(table, 'id', UUID, client).primary();
    // Normalised by users/email.ts: what is compared is what is stored.
    keyText(table, 'email', EMAIL, client).notNullable().unique({ indexName: 'users_email_unique' });
    table.string('full_name', 200).notNullable();
    // full_name in lower case, for sorting.
    keyText(table, 'name_key', 200, client).notNullable();
    table.string('role', 20).notNullable();
    table.boolean('is_active').notNullable();
    table.boolean('must_change_password').notNullable();
    table.string('password_hash', 100).notNullable();
    table.bigInteger('created_at').notNullable();
    table.bigInteger('updated_at').notNullable();
    table.bigInteger('last_login_at');
    // One index for each way to sort and to filter: a page costs the same at any depth.
    table.index(['created_at', 'id'], 'users_created');
    table.index(['name_key', 'id'], 'users_name');
    table.index(['role', 'created_at', 'id'], 'users_role');
    table.index(['is_active', 'created_at', 'id'], 'users_active');
  });

  // What finds a user: the address, and the name from each of its words on.
  await knex.schema.createTable('user_search_terms', (table) => {
    keyText(table, 'term', EMAIL, client).notNullable();
    keyText(table, 'user_id', UUID, client).notNullable();
    table.primary(['term', 'user_id']);
    table.foreign('user_id', 'user_search_terms_user').references('users.id').onDelete('CASCADE');
    table.index(['user_id', 'term'], 'user_search_terms_by_user');
  });

  await knex.schema.createTable('sessions', (table) => {
    keyText(table, 'id', UUID, client).primary();
    keyText(table, 'user_id', UUID, client).notNullable();
    table.bigInteger('created_at').notNullable();
    table.bigInteger('last_used_at').notNullable();
    // Moves with every refresh, never beyond ends_at.
    table.bigInteger('expires_at').notNullable();
    table.bigInteger('ends_at').notNullable();
    table.bigInteger('revoked_at');
    table.string('revoked_reason', 40);
    table.string('ip', 45).notNullable();
    table.string('user_agent', 300).notNullable();
    table.foreign('user_id', 'sessions_user').references('users.id').onDelete('CASCADE');
    table.index(['user_id', 'revoked_at', 'expires_at'], 'sessions_of_user');
    table.index(['expires_at'], 'sessions_expiry');
  });

  // Every refresh token of a session, also the spent ones: only so a second use of one is recognised.
  await knex.schema.createTable('refresh_tokens', (table) => {
    keyText(table, 'token_hash', SHA256_HEX, client).primary();
    keyText(table, 'session_id', UUID, client).notNullable();
    keyText(table, 'parent_hash', SHA256_HEX, client);
    table.bigInteger('created_at').notNullable();
    table.bigInteger('rotated_at');
    table.foreign('session_id', 'refresh_tokens_session').references('sessions.id').onDelete('CASCADE');
    table.index(['session_id'], 'refresh_tokens_of_session');
    table.index(['parent_hash'], 'refresh_tokens_children');
  });

  await knex.schema.createTable('login_failures', (table) => {
    keyText(table, 'throttle_key', 100, client).primary();
    table.integer('failures').notNullable();
    table.bigInteger('window_ends_at').notNullable();
    table.index(['window_ends_at'], 'login_failures_expiry');
  });

  // No foreign keys: entries outlive what they tell about.
  await knex.schema.createTable('audit_logs', (table) => {
    keyText(table, 'id', UUID, client).primary();
    table.bigInteger('created_at').notNullable();
    keyText(table, 'actor_id', UUID, client);
    table.string('actor_email', EMAIL);
    keyText(table, 'action', 60, client).notNullable();
    keyText(table, 'resource_type', 40, client).notNullable();
    keyText(table, 'resource_id', UUID, client);
    table.text('changes').notNullable();
    table.string('ip', 45).notNullable();
    table.string('request_id', 128).notNullable();
    table.index(['created_at', 'id'], 'audit_logs_created');
    table.index(['actor_id', 'created_at', 'id'], 'audit_logs_actor');
    table.index(['action', 'created_at', 'id'], 'audit_logs_action');
    table.index(['resource_type', 'created_at', 'id'], 'audit_logs_type');
    table.index(['resource_id', 'created_at', 'id'], 'audit_logs_resource');
  });
}

export async function down(knex: Knex): Promise<void> {
  for (const table of [
    'audit_logs',
    'login_failures',
    'refresh_tokens',
    'sessions',
    'user_search_terms',
    'users',
  ]) {
    await knex.schema.dropTableIfExists(table);
  }
}
