import type { Queryable } from '../db/database.ts';
import { count, statement } from '../db/statement.ts';
import type { StoredRule } from './rule.ts';

/** Names and texts are most of a row, and no fast path needs them. */
const COLUMNS = [
  'id',
  'enabled',
  'priority',
  'action',
  'protocol',
  'src_cidr',
  'dst_cidr',
  'src_port_min',
  'src_port_max',
  'dst_port_min',
  'dst_port_max',
  'rate_pps',
  'burst',
] as const satisfies (keyof StoredRule)[];

/** What a fast path has to know of a rule. */
export type EnforcedRule = Pick<StoredRule, (typeof COLUMNS)[number]>;

const following = statement<{ afterId: string; limit: number }>((db, p) =>
  db('rules').select(COLUMNS).where('id', '>', p.afterId).orderBy('id').limit(count(p.limit)),
);

/** The rules whose ids follow `afterId`, in order of id; '' = from the first. */
export async function loadRuleBatch(db: Queryable, afterId: string, limit: number): Promise<EnforcedRule[]> {
  const rows = await following.all<Omit<EnforcedRule, 'enabled'> & { enabled: boolean | number }>(db, {
    afterId,
    limit,
  });
  return rows.map((row) => ({ ...row, enabled: Boolean(row.enabled) }));
}
