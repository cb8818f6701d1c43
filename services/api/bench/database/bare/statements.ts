import type { DbType } from '../../../src/db/database-config.ts';
import type { Statement } from './work.ts';

export const USER_COLUMNS = [
  'id',
  'email',
  'full_name',
  'role',
  'is_active',
  'must_change_password',
  'password_hash',
  'created_at',
  'updated_at',
  'last_login_at',
] as const;

export type Statements = ReturnType<typeof createStatements>;

/**
 * The statements that the API runs for the works, written out; each value is one `?`. Before anything is measured the
 * benchmark compares them with what the API really runs, text by text (same-statements.ts).
 */
export function createStatements(type: DbType) {
  let made = 0;
  const sql = (text: string): Statement => ({ name: `bare_${made++}`, text: native(type, text) });
  return {
    liveSession: sql(
      'select `sessions`.`id` as `session_id`, `users`.`id` as `user_id`, `users`.`email` as `email`, ' +
        '`users`.`role` as `role`, `sessions`.`expires_at` as `expires_at` from `sessions` ' +
        'inner join `users` on `users`.`id` = `sessions`.`user_id` where `sessions`.`id` = ? ' +
        'and `users`.`is_active` = ? and `sessions`.`revoked_at` is null and `sessions`.`expires_at` > ?',
    ),
    user: sql(`select ${names(USER_COLUMNS)} from \`users\` where \`id\` = ?`),
    newestUsers: sql('select * from `users` order by `created_at` desc, `id` desc limit ?'),
    lockUser: sql(`select ${names(USER_COLUMNS)} from \`users\` where \`id\` = ? for update`),
    lockAdmins: sql(
      'select `id` from `users` where `role` = ? and `is_active` = ? order by `id` asc for update',
    ),
    insertUser: sql(
      'insert into `users` (`created_at`, `email`, `full_name`, `id`, `is_active`, `last_login_at`, ' +
        '`must_change_password`, `name_key`, `password_hash`, `role`, `updated_at`) ' +
        'values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
    ),
    replaceUser: sql(
      'update `users` set `id` = ?, `email` = ?, `full_name` = ?, `role` = ?, `is_active` = ?, ' +
        '`must_change_password` = ?, `password_hash` = ?, `created_at` = ?, `updated_at` = ?, ' +
        '`last_login_at` = ?, `name_key` = ? where `id` = ?',
    ),
    deleteUser: sql('delete from `users` where `id` = ?'),
    endSessions: sql(
      'update `sessions` set `revoked_at` = ?, `revoked_reason` = ? where `user_id` = ? ' +
        'and `revoked_at` is null and `expires_at` > ?',
    ),
    deleteTerms: sql('delete from `user_search_terms` where `user_id` = ?'),
    /** By how many terms there are. */
    insertTerms: Array.from({ length: 12 }, (_, count) => sql(insertTerms(type, count))),
    insertAudit: sql(
      'insert into `audit_logs` (`action`, `actor_email`, `actor_id`, `changes`, `created_at`, `id`, `ip`, ' +
        '`request_id`, `resource_id`, `resource_type`) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
    ),
  };
}

const names = (columns: readonly string[]) => columns.map((column) => `\`${column}\``).join(', ');

/** Knex writes several rows for SQLite as it had to before SQLite knew VALUES with more than one. */
function insertTerms(type: DbType, count: number): string {
  const rows = (row: string, separator: string) => Array(count).fill(row).join(separator);
  const values =
    type === 'sqlite'
      ? rows('select ? as `term`, ? as `user_id`', ' union all ')
      : `values ${rows('(?, ?)', ', ')}`;
  return `insert into \`user_search_terms\` (\`term\`, \`user_id\`) ${values}`;
}

function native(type: DbType, text: string): string {
  // SQLite locks the whole file at BEGIN IMMEDIATE.
  if (type === 'sqlite') return text.replace(/ for update$/, '');
  if (type !== 'postgres') return text;
  let number = 0;
  return text.replaceAll('`', '"').replaceAll('?', () => `$${++number}`);
}
