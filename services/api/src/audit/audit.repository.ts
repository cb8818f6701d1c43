import type { Queryable } from '../db/database.ts';
import { assign, statement } from '../db/statement.ts';
import { listPage } from '../list-page.ts';
import { bigintColumn, type ListRequest, type ListSource, type Page } from '../lists.ts';

export interface AuditLogRow {
  id: string;
  created_at: number;
  actor_id: string | null;
  actor_email: string | null;
  action: string;
  resource_type: string;
  resource_id: string | null;
  changes: string;
  ip: string;
  request_id: string;
}

const FILTERS = ['actor_id', 'action', 'resource_type', 'resource_id'] as const;

export type AuditLogFilter = ListRequest & { [F in (typeof FILTERS)[number]]?: string | undefined };

const COLUMNS = [
  'id',
  'created_at',
  'actor_id',
  'actor_email',
  'action',
  'resource_type',
  'resource_id',
  'changes',
  'ip',
  'request_id',
] as const satisfies (keyof AuditLogRow)[];

const inserted = statement<AuditLogRow>((db, p) => db('audit_logs').insert(assign(p, COLUMNS)));

export async function insertAuditLog(db: Queryable, row: AuditLogRow): Promise<void> {
  await inserted.run(db, row);
}

const AUDIT_LOGS: ListSource = { table: 'audit_logs', sorts: { created_at: bigintColumn('created_at') } };

export function listAuditLogs(db: Queryable, filter: AuditLogFilter): Promise<Page<AuditLogRow>> {
  const equal = Object.fromEntries(FILTERS.map((field) => [field, filter[field]]));
  return listPage<AuditLogRow>(db, AUDIT_LOGS, { equal }, filter);
}

/** Deletes up to `limit` of the entries from before `before`, the oldest first. Answers how many it deleted. */
export async function deleteOldAuditLogs(db: Queryable, before: number, limit: number): Promise<number> {
  const ids: string[] = await db('audit_logs')
    .where('created_at', '<', before)
    .orderBy(['created_at', 'id'])
    .limit(limit)
    .pluck('id');
  // In one order, so that several processes that delete the same wait for each other and do not deadlock.
  return ids.length === 0 ? 0 : db('audit_logs').whereIn('id', ids.sort()).delete();
}
