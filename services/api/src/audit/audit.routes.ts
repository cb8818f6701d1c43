import { defineRoute, type Route } from '../http/route.ts';
import { AuditLogList, AuditLogQuery } from './audit.schemas.ts';

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
    handle: ({ query }, ctx) => ctx.audit.list(query),
  }),
];
