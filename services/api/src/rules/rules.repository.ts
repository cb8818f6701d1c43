import type { Queryable, Transaction } from '../db/database.ts';
import { assign, statement } from '../db/statement.ts';
import { listPage } from '../list-page.ts';
import { type SearchSource, searchPage } from '../list-search.ts';
import { bigintColumn, integerColumn, type ListRequest, type Page, textColumn } from '../lists.ts';
import { createTermWriter } from '../search-terms.ts';
import { ACTIONS, PROTOCOLS, RULE_FIELDS, type RuleFields, type StoredRule } from './rule.ts';
import { RULE_TERMS, ruleTerm, ruleTerms } from './search.ts';

export interface RuleFilter extends ListRequest {
  q?: string | undefined;
  action?: RuleFields['action'] | undefined;
  protocol?: RuleFields['protocol'] | undefined;
  enabled?: boolean | undefined;
}

interface RuleRow extends Omit<StoredRule, 'enabled'> {
  enabled: boolean | number;
  name_key: string;
  search_text: string;
}

const RULES: SearchSource = {
  table: 'rules',
  sorts: {
    priority: integerColumn('priority'),
    name: textColumn('name_key'),
    created_at: bigintColumn('created_at'),
    updated_at: bigintColumn('updated_at'),
  },
  facets: { enabled: [true, false], action: ACTIONS, protocol: PROTOCOLS },
  terms: RULE_TERMS,
};

export async function listRules(db: Queryable, filter: RuleFilter): Promise<Page<StoredRule>> {
  const { q, action, protocol, enabled } = filter;
  const equal = { enabled, action, protocol };
  const page: Page<RuleRow> = q
    ? await searchPage(db, RULES, { term: ruleTerm(q), equal }, filter)
    : await listPage(db, RULES, { equal }, filter);
  return { ...page, items: page.items.map(fromRow) };
}

const WRITTEN = [
  ...RULE_FIELDS,
  'name_key',
  'search_text',
  'version',
  'created_at',
  'updated_at',
] as const satisfies (keyof RuleRow)[];
const COLUMNS = ['id', ...WRITTEN] as const;

const byId = statement<{ id: string }>((db, p) => db('rules').where({ id: p.id }).select(COLUMNS));
const byIdLocked = statement<{ id: string }>((db, p) =>
  db('rules').where({ id: p.id }).forUpdate().select(COLUMNS),
);
const inserted = statement<RuleRow>((db, p) => db('rules').insert(assign(p, COLUMNS)));
const updated = statement<RuleRow & { from: number }>((db, p) =>
  db('rules').where({ id: p.id, version: p.from }).update(assign(p, WRITTEN)),
);
const deleted = statement<Pick<RuleRow, 'id' | 'version'>>((db, p) =>
  db('rules').where({ id: p.id, version: p.version }).delete(),
);
const terms = createTermWriter(RULE_TERMS);

export async function findRule(db: Queryable, id: string): Promise<StoredRule | undefined> {
  const row = await byId.first<RuleRow>(db, { id });
  return row && fromRow(row);
}

/** As findRule, but the newest committed state, which stays as it is until the transaction ends. */
export async function lockRule(trx: Transaction, id: string): Promise<StoredRule | undefined> {
  const row = await byIdLocked.first<RuleRow>(trx, { id });
  return row && fromRow(row);
}

export async function insertRule(trx: Transaction, rule: StoredRule): Promise<void> {
  await inserted.run(trx, toRow(rule));
  await terms.insert(trx, rule.id, ruleTerms(rule));
}

/** Replaces the rule if it is still at `version`; false if not: somebody else was faster. */
export async function updateRule(trx: Transaction, version: number, rule: StoredRule): Promise<boolean> {
  if ((await updated.run(trx, { ...toRow(rule), from: version })) !== 1) return false;
  await terms.replace(trx, rule.id, ruleTerms(rule));
  return true;
}

/** Deletes the rule if it is still at `version`; false if not. */
export async function deleteRule(db: Queryable, id: string, version: number): Promise<boolean> {
  return (await deleted.run(db, { id, version })) === 1;
}

/** The row with what it is sorted by; search_text is for servers of the release before (migration 0004). */
export function toRow(rule: StoredRule): RuleRow {
  const name = rule.name.toLowerCase();
  const search = `${name}\n${rule.description.toLowerCase()}`;
  // Lower case may be longer than its original, and both columns are only for sorting and finding.
  return { ...rule, name_key: name.slice(0, 200), search_text: search.slice(0, 2300) };
}

function fromRow({ name_key: _key, search_text: _text, enabled, ...rule }: RuleRow): StoredRule {
  return { ...rule, enabled: Boolean(enabled) };
}
