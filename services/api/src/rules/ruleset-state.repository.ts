import type { Queryable, Transaction } from '../db/database.ts';
import { statement } from '../db/statement.ts';
import type { RuleSetVersion } from '../fastpath/rule-set.ts';

/** The one row that names the state of all rules together. */
const ROW = { id: 1 };

interface RuleSetState extends RuleSetVersion {
  rule_count: number;
}

const COLUMNS = ['source_id', 'revision', 'rule_count'] as const;

const current = statement<object>((db) => db('ruleset_state').where(ROW).select(COLUMNS));
const counted = statement<{ added: number }>((db, p) =>
  db('ruleset_state')
    .where(ROW)
    .update({ revision: db.raw('revision + 1'), rule_count: db.raw('rule_count + ?', p.added) }),
);

/**
 * To be called before a rule changes, in its transaction: counts the change and makes every other writer wait, so
 * that revisions become visible in their order. A rolled back change leaves no trace.
 */
export async function beginChange(trx: Transaction, addedRules: -1 | 0 | 1): Promise<RuleSetState> {
  await counted.run(trx, { added: addedRules });
  return expectRow(await current.first(trx, {}));
}

export async function readVersion(db: Queryable): Promise<RuleSetVersion> {
  return toVersion(expectRow(await current.first(db, {})));
}

/** Makes the revision greater than this one; leaves it alone where it is already. */
export async function raiseRevision(db: Queryable, revision: number): Promise<void> {
  await db('ruleset_state')
    .where(ROW)
    .andWhere('revision', '<=', revision)
    .update({ revision: revision + 1 });
}

function toVersion({ source_id, revision }: RuleSetState): RuleSetVersion {
  return { source_id, revision };
}

function expectRow(row: RuleSetState | undefined): RuleSetState {
  if (!row) throw new Error('ruleset_state has no row: migration 0002 made one');
  return { ...row, revision: Number(row.revision) };
}
