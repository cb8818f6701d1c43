import { v7 as uuidv7 } from 'uuid';
import { type Actor, type Audit, diff } from '../audit/audit.ts';
import { type Database, PRIMARY, type Reader } from '../db/database.ts';
import { AppError } from '../errors.ts';
import type { Page } from '../lists.ts';
import { assertMatches, type Precondition } from './etag.ts';
import {
  combinationErrors,
  completeRule,
  MAX_RULES,
  RULE_FIELDS,
  type RuleFields,
  type StoredRule,
} from './rule.ts';
import {
  deleteRule,
  findRule,
  insertRule,
  listRules,
  lockRule,
  type RuleFilter,
  updateRule,
} from './rules.repository.ts';
import type { RulePatch } from './rules.schemas.ts';
import { beginChange } from './ruleset-state.repository.ts';

/** Rules, the source of truth. What a method answers is committed; enforcement follows (fastpath/reconciler.ts). */
export interface Rules {
  list(filter: RuleFilter, reader?: Reader): Promise<Page<StoredRule>>;
  get(id: string): Promise<StoredRule>;
  create(actor: Actor, fields: RuleFields): Promise<StoredRule>;
  replace(actor: Actor, id: string, precondition: Precondition, fields: RuleFields): Promise<StoredRule>;
  patch(actor: Actor, id: string, precondition: Precondition, patch: RulePatch): Promise<StoredRule>;
  remove(actor: Actor, id: string, precondition: Precondition): Promise<void>;
}

interface RulesOptions {
  db: Database;
  audit: Audit;
  /** Called after each committed change. */
  changed: () => void;
  /** The largest rule set that every fast path takes. */
  maxEnforced: () => number;
}

export function createRules({ db, audit, changed, maxEnforced }: RulesOptions): Rules {
  async function change(
    actor: Actor,
    id: string,
    precondition: Precondition,
    next: (current: StoredRule) => RuleFields,
  ): Promise<StoredRule> {
    const rule = await audit.change(actor, async (trx, record) => {
      await beginChange(trx, 0);
      const current = expectRule(await lockRule(trx, id));
      assertMatches(precondition, current.version);
      const updated = { ...current, ...next(current), version: current.version + 1, updated_at: Date.now() };
      if (!(await updateRule(trx, current.version, updated))) throw changedMeanwhile();
      const changes = diff<RuleFields>(current, updated, RULE_FIELDS);
      await record({
        action: 'rule.updated',
        resourceType: 'rule',
        resourceId: id,
        ...(changes && { changes }),
      });
      return updated;
    });
    changed();
    return rule;
  }

  return {
    list: (filter, reader = PRIMARY) => db.read(reader, (queryable) => listRules(queryable, filter)),
    get: async (id) => expectRule(await findRule(db.knex, id)),

    async create(actor, fields) {
      const now = Date.now();
      const rule: StoredRule = { id: uuidv7(), ...fields, version: 1, created_at: now, updated_at: now };
      await audit.change(actor, async (trx, record) => {
        const { rule_count } = await beginChange(trx, 1);
        assertRoom(rule_count, maxEnforced());
        await insertRule(trx, rule);
        const changes = Object.fromEntries(RULE_FIELDS.map((field) => [field, { to: rule[field] }]));
        await record({ action: 'rule.created', resourceType: 'rule', resourceId: rule.id, changes });
      });
      changed();
      return rule;
    },

    replace: (actor, id, precondition, fields) => change(actor, id, precondition, () => fields),
    patch: (actor, id, precondition, patch) =>
      change(actor, id, precondition, (current) => patched(current, patch)),

    async remove(actor, id, precondition) {
      await audit.change(actor, async (trx, record) => {
        await beginChange(trx, -1);
        const current = expectRule(await lockRule(trx, id));
        assertMatches(precondition, current.version);
        if (!(await deleteRule(trx, id, current.version))) throw changedMeanwhile();
        const changes = Object.fromEntries(RULE_FIELDS.map((field) => [field, { from: current[field] }]));
        await record({ action: 'rule.deleted', resourceType: 'rule', resourceId: id, changes });
      });
      changed();
    },
  };
}

function patched(current: StoredRule, patch: RulePatch): RuleFields {
  const given = Object.entries(patch).filter(([, value]) => value !== undefined);
  const merged: StoredRule = { ...current, ...Object.fromEntries(given) };
  const fields = combinationErrors(merged);
  if (fields.length > 0) throw new AppError('validation_failed', undefined, { fields });
  return completeRule(merged);
}

function assertRoom(count: number, maxEnforced: number): void {
  const limit = Math.min(MAX_RULES, maxEnforced);
  if (count <= limit) return;
  const whose = limit < MAX_RULES ? ' of a fast path (its MAX_RULES)' : '';
  throw new AppError('conflict', `There are ${count - 1} rules, and ${limit} is the limit${whose}`);
}

function expectRule(rule: StoredRule | undefined): StoredRule {
  if (!rule) throw new AppError('not_found', 'There is no such rule');
  return rule;
}

function changedMeanwhile(): AppError {
  return new AppError('precondition_failed', 'The rule was changed after you read it: read it again');
}
