import { z } from 'zod';
import { listQuery, sortQuery } from '../lists.ts';
import { Id, listOf, Timestamp } from '../schemas.ts';

const AuditLog = z
  .object({
    id: Id,
    created_at: Timestamp,
    actor_id: Id.nullable().meta({ description: 'null: the system or an anonymous caller' }),
    actor_email: z.string().nullable(),
    action: z.string().meta({ examples: ['user.created', 'auth.login'] }),
    resource_type: z.string(),
    resource_id: z.string().nullable(),
    changes: z.record(z.string(), z.object({ from: z.unknown().optional(), to: z.unknown().optional() })),
    ip: z.string(),
    request_id: z.string(),
  })
  .meta({ id: 'AuditLog' });

export const AuditLogList = listOf('AuditLogList', AuditLog);

const filters = {
  actor_id: Id.optional(),
  action: z.string().max(60).optional(),
  resource_type: z.string().max(40).optional(),
  resource_id: z.string().max(36).optional(),
};

export const AuditLogQuery = listQuery(['created_at'], '-created_at', filters);
/** The same list as a whole. */
export const AuditLogExportQuery = z.strictObject({
  sort: sortQuery(['created_at'], '-created_at'),
  ...filters,
});
