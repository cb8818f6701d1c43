import { v7 as uuidv7 } from 'uuid';
import { type Database, PRIMARY, type Queryable, type Reader, type Transaction } from '../db/database.ts';
import { EXPORT_BATCH, everyPage, type Page } from '../lists.ts';
import {
  type AuditLogFilter,
  type AuditLogRow,
  deleteOldAuditLogs,
  insertAuditLog,
  listAuditLogs,
} from './audit.repository.ts';

/** Who did it. `id` is null for the system and for anonymous callers. */
export interface Actor {
  id: string | null;
  email: string | null;
  ip: string;
  requestId: string;
}

export const SYSTEM_ACTOR: Actor = { id: null, email: null, ip: '', requestId: '' };

interface AuditEntry {
  /** What happened, as an operator would say: `user.created`, `rule.deleted`. */
  action: `${string}.${string}`;
  resourceType: string;
  resourceId: string | null;
  /** Old and new values by field; never a secret. */
  changes?: Record<string, { from?: unknown; to?: unknown }>;
}

/** An entry as it is read back. */
type AuditLog = Omit<AuditLogRow, 'changes'> & { changes: NonNullable<AuditEntry['changes']> };

type RecordEntry = (entry: AuditEntry) => Promise<void>;

export interface Audit {
  /**
   * The way to change anything: one transaction in which `work` changes rows and records what it did, so that there
   * is never a change without its entry nor an entry without its change. Retried as a whole after a deadlock.
   */
  change<T>(actor: Actor, work: (trx: Transaction, record: RecordEntry) => Promise<T>): Promise<T>;
  /** An event that changes no row of its own, such as a failed login. */
  event(actor: Actor, entry: AuditEntry): Promise<void>;
  list(filter: AuditLogFilter, reader?: Reader): Promise<Page<AuditLog>>;
  /** Every entry that matches, in batches, with `changes` as the JSON that is stored. */
  all(filter: AuditLogFilter, reader?: Reader): AsyncIterable<AuditLogRow[]>;
  /** Deletes a batch of the entries from before `before`. Safe in any number of processes. */
  deleteBefore(before: number, limit: number): Promise<number>;
}

/** `wrote` is told of every change of a user, in its transaction. */
export function createAudit(db: Database, wrote?: (trx: Transaction, userId: string) => void): Audit {
  return {
    change: (actor, work) =>
      db.transaction((trx) => {
        if (actor.id !== null) wrote?.(trx, actor.id);
        return work(trx, (entry) => record(trx, actor, entry));
      }),
    event: (actor, entry) => record(db.knex, actor, entry),
    all: (filter, reader = PRIMARY) =>
      everyPage((cursor) =>
        db.read(reader, (queryable) => listAuditLogs(queryable, { ...filter, cursor, limit: EXPORT_BATCH })),
      ),
    deleteBefore: (before, limit) => deleteOldAuditLogs(db.knex, before, limit),
    async list(filter, reader = PRIMARY) {
      const page = await db.read(reader, (queryable) => listAuditLogs(queryable, filter));
      return { ...page, items: page.items.map((row) => ({ ...row, changes: JSON.parse(row.changes) })) };
    },
  };
}

/** The fields that differ, as old and new value. */
export function diff<T extends object>(
  from: T,
  to: T,
  fields: readonly (keyof T & string)[],
): AuditEntry['changes'] {
  const changed = fields.filter((field) => from[field] !== to[field]);
  return Object.fromEntries(changed.map((field) => [field, { from: from[field], to: to[field] }]));
}

async function record(db: Queryable, actor: Actor, entry: AuditEntry): Promise<void> {
  await insertAuditLog(db, {
    id: uuidv7(),
    created_at: Date.now(),
    actor_id: actor.id,
    // Also what somebody typed into a login form.
    actor_email: actor.email?.slice(0, 254) ?? null,
    action: entry.action,
    resource_type: entry.resourceType,
    resource_id: entry.resourceId,
    changes: JSON.stringify(entry.changes ?? {}),
    ip: actor.ip,
    request_id: actor.requestId,
  });
}
