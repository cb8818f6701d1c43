import type { Queryable } from '../db/database.ts';
import { bigintColumn, type ListRequest, listPage, type Page } from '../lists.ts';

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

export async function insertAuditLog(db: Queryable, row: AuditLogRow): Promise<void> {
  await db('audit_logs').insert(row);
}

export function listAuditLogs(db: Queryable, filter: AuditLogFilter): Promise<Page<AuditLogRow>> {
  const query = db('audit_logs').select('*');
  for (const field of FILTERS) if (filter[field] !== undefined) query.where(field, filter[field]);
  return listPage<AuditLogRow>(query, filter, { created_at: bigintColumn('created_at') });
}
