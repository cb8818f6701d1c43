import { CSV_CONTENT, column, EXPORT_NOTE, serveExport, timeColumn } from '../http/export.ts';
import { defineRoute, type Route } from '../http/route.ts';
import { AuditLogExportQuery, AuditLogList, AuditLogQuery } from './audit.schemas.ts';

const AUDIT_COLUMNS = [
  column('id'),
  timeColumn('created_at'),
  column('actor_id'),
  column('actor_email'),
  column('action'),
  column('resource_type'),
  column('resource_id'),
  column('changes'),
  column('ip'),
  column('request_id'),
] as const;

export const auditRoutes: Route[] = [
  defineRoute({
    method: 'get',
    path: '/audit-logs',
    operationId: 'listAuditLogs',
    summary: 'Who changed what, newest first',
    tag: 'audit',
    permission: 'audit:read',
    query: AuditLogQuery,
    response: { status: 200, schema: AuditLogList },
    handle: ({ query, caller }, ctx) => ctx.audit.list(query, caller),
  }),
  defineRoute({
    method: 'get',
    path: '/audit-logs/export',
    operationId: 'exportAuditLogs',
    summary: 'All entries of the audit log that match, as a CSV file',
    description: EXPORT_NOTE,
    tag: 'audit',
    permission: 'audit:read',
    query: AuditLogExportQuery,
    response: { status: 200, content: CSV_CONTENT },
    errors: ['too_many_streams'],
    handle: (request, ctx) =>
      serveExport(request, ctx, {
        resourceType: 'audit_log',
        action: 'audit.exported',
        columns: AUDIT_COLUMNS,
        rows: () => ctx.audit.all(request.query, request.caller),
      }),
  }),
];
