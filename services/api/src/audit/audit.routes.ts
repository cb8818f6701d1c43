import { defineRoute, type Route } from '../http/route.ts';
import { listAuditLogs } from './audit.repository.ts';
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
    async handle({ query }, ctx) {
      const page = await listAuditLogs(ctx.db.knex, query);
      return { ...page, items: page.items.map((row) => ({ ...row, changes: JSON.parse(row.changes) })) };
    },
  }),
];
