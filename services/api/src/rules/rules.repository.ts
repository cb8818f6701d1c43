import type { Queryable, Transaction } from '../db/database.ts';
import { bigintColumn, integerColumn, type ListRequest, listPage, type Page, textColumn } from '../lists.ts';
import type { RuleFields, StoredRule } from './rule.ts';

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

const SORT_COLUMNS = {
  priority: integerColumn('priority'),
  name: textColumn('name_key'),
  created_at: bigintColumn('created_at'),
  updated_at: bigintColumn('updated_at'),
};

export async function listRules(db: Queryable, filter: RuleFilter): Promise<Page<StoredRule>> {
  const query = db('rules');
  if (filter.q) query.whereRaw("search_text like ? escape '!'", [`%${escapeLike(filter.q.toLowerCase())}%`]);
  if (filter.action !== undefined) query.where('action', filter.action);
  if (filter.protocol !== undefined) query.where('protocol', filter.protocol);
  if (filter.enabled !== undefined) query.where('enabled', filter.enabled);
  const page = await listPage<RuleRow>(query, filter, SORT_COLUMNS);
  return { ...page, items: page.items.map(fromRow) };
}

export async function findRule(db: Queryable, id: string): Promise<StoredRule | undefined> {
  const row: RuleRow | undefined = await db('rules').where({ id }).first();
  return row && fromRow(row);
}

/** As findRule, but the newest committed state, which stays as it is until the transaction ends. */
export async function lockRule(trx: Transaction, id: string): Promise<StoredRule | undefined> {
  const row: RuleRow | undefined = await trx('rules').where({ id }).forUpdate().first();
  return row && fromRow(row);
}

export async function loadRules(db: Queryable): Promise<StoredRule[]> {
  const rows: RuleRow[] = await db('rules').select();
  return rows.map(fromRow);
}

export async function insertRule(db: Queryable, rule: StoredRule): Promise<void> {
  await db('rules').insert(toRow(rule));
}

/** Replaces the rule if it is still at `version`; false if not: somebody else was faster. */
export async function updateRule(db: Queryable, version: number, rule: StoredRule): Promise<boolean> {
  const { id, ...row } = toRow(rule);
  return (await db('rules').where({ id, version }).update(row)) === 1;
}

/** Deletes the rule if it is still at `version`; false if not. */
export async function deleteRule(db: Queryable, id: string, version: number): Promise<boolean> {
  return (await db('rules').where({ id, version }).delete()) === 1;
}

function toRow(rule: StoredRule): RuleRow {
  const name = rule.name.toLowerCase();
  const search = `${name}\n${rule.description.toLowerCase()}`;
  // Lower case may be longer than its original, and both columns are only for finding.
  return { ...rule, name_key: name.slice(0, 200), search_text: search.slice(0, 2300) };
}

function fromRow({ name_key: _key, search_text: _text, enabled, ...rule }: RuleRow): StoredRule {
  return { ...rule, enabled: Boolean(enabled) };
}

function escapeLike(text: string): string {
  return text.replace(/[!%_]/g, '!$&');
}
