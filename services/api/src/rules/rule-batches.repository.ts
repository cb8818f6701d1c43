import type { Queryable } from '../db/database.ts';
import { count, statement } from '../db/statement.ts';
import { ENFORCED_FIELDS, type StoredRule } from './rule.ts';

const COLUMNS = ['id', ...ENFORCED_FIELDS] as const;

/** A rule as a fast path has to know it. */
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
