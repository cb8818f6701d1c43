import { z } from 'zod';
import { guardSession } from '../auth/session-guard.ts';
import type { Context } from '../context.ts';
import type { Permission } from '../permissions.ts';
import { beginCsv, type CsvColumn, streamCsv } from './csv.ts';
import type { RouteRequest } from './route.ts';

type ExportRequest = Omit<
  RouteRequest<Permission, unknown, object, unknown, unknown>,
  'params' | 'headers' | 'body'
>;

interface Export<T> {
  /** What is exported, as the audit log calls it; also the name of the file. */
  resourceType: string;
  action: `${string}.exported`;
  columns: readonly CsvColumn<T>[];
  rows(): AsyncIterable<readonly T[]>;
}

/** The response of an export, for its declaration. */
export const CSV_CONTENT = { 'text/csv': { schema: z.string() } };
export const EXPORT_NOTE =
  'The filters are those of the list. Rows that change meanwhile are in it as they were or as they are. The export is ' +
  'recorded in the audit log. A connection that is cut instead of ended means an incomplete file.';

/** Serves a whole list as a CSV file; who takes it, and by which filters, is recorded first. */
export async function serveExport<T>(
  { query, caller, actor, signal, req, res }: ExportRequest,
  ctx: Context,
  { resourceType, action, columns, rows }: Export<T>,
): Promise<void> {
  const fileName = `${resourceType.replaceAll('_', '-')}s`;
  if (req.method === 'HEAD') {
    beginCsv(res, fileName);
    res.end();
    return;
  }
  const { userId, sessionId } = caller;
  ctx.exports.take(userId, res);
  await ctx.audit.event(actor, { action, resourceType, resourceId: null, changes: { query: { to: query } } });
  const guarded = guardSession(signal, () => ctx.sessions.isLive(sessionId));
  await streamCsv(res, { fileName, columns, batches: rows(), signal: guarded });
}

/** A column of this field as it is. */
export function column<K extends string>(name: K): CsvColumn<{ [P in K]: string | number | boolean | null }> {
  return [name, (row) => row[name]];
}

/** A column of an instant, in RFC 3339. */
export function timeColumn<K extends string>(name: K): CsvColumn<{ [P in K]: number | null }> {
  return [
    name,
    (row) => {
      const ms: number | null = row[name];
      return ms === null ? null : new Date(ms).toISOString();
    },
  ];
}
