import type { Knex } from 'knex';
import { createIndexes, dropIndexes, type Index } from './indexes.ts';

/**
 * Indexes for lists of a million rows: each filter and order reads only what it shows (see lists.ts), and cleaning up
 * reads only what it deletes.
 */
const INDEXES: readonly Index[] = [
  ['users', 'users_email', ['email', 'id']],
  ['users', 'users_facets_created', ['role', 'is_active', 'created_at', 'id']],
  ['users', 'users_facets_email', ['role', 'is_active', 'email', 'id']],
  ['users', 'users_facets_name', ['role', 'is_active', 'name_key', 'id']],
  ['rules', 'rules_facets_priority', ['enabled', 'action', 'protocol', 'priority', 'id']],
  ['rules', 'rules_facets_name', ['enabled', 'action', 'protocol', 'name_key', 'id']],
  ['rules', 'rules_facets_created', ['enabled', 'action', 'protocol', 'created_at', 'id']],
  ['rules', 'rules_facets_updated', ['enabled', 'action', 'protocol', 'updated_at', 'id']],
  ['audit_logs', 'audit_logs_actor_action', ['actor_id', 'action', 'created_at', 'id']],
  ['audit_logs', 'audit_logs_actor_type', ['actor_id', 'resource_type', 'created_at', 'id']],
  ['audit_logs', 'audit_logs_type_action', ['resource_type', 'action', 'created_at', 'id']],
  ['sessions', 'sessions_live', ['revoked_at', 'expires_at']],
];

export const up = (knex: Knex) => createIndexes(knex, INDEXES);
export const down = (knex: Knex) => dropIndexes(knex, INDEXES);
