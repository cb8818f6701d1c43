import { v7 as uuidv7 } from 'uuid';
import type { Database } from '../db/database.ts';
import type { StoredRule } from '../rules/rule.ts';
import { toRow } from '../rules/rules.repository.ts';
import { RULE_TERMS, ruleTerms } from '../rules/search.ts';
import { insertTerms } from '../search-terms.ts';

const ROWS_PER_INSERT = 500;

/** Adds rules of realistic length until there are `count`; nobody else may change rules meanwhile. */
export async function fillRules({ knex }: Database, count: number): Promise<void> {
  const { rule_count: held } = await knex('ruleset_state').first('rule_count');
  const rules = Array.from({ length: Math.max(0, count - held) }, (_, index) => ruleOf(held + index));
  await knex.batchInsert('rules', rules.map(toRow), ROWS_PER_INSERT);
  const terms = rules.flatMap((rule) => ruleTerms(rule).map((term) => [term, rule.id] as const));
  await knex.transaction((trx) => insertTerms(trx, RULE_TERMS, terms));
  await knex('ruleset_state').increment({ revision: 1, rule_count: rules.length });
}

function ruleOf(index: number): StoredRule {
  const now = Date.now();
  const limits = index % 10 === 0;
  return {
    id: uuidv7(),
    name: `rule ${index}`,
    // As long as a sentence or three, of few words: their search terms would take most of the time.
    description: `Seen scanning: ${'0123456789abcdef'.repeat(12)}`,
    enabled: index % 50 !== 0,
    priority: 1_000 + (index % 50_000),
    action: limits ? 'rate_limit' : index % 3 === 0 ? 'allow' : 'drop',
    protocol: index % 2 === 0 ? 'udp' : 'tcp',
    src_cidr:
      index % 4 === 0
        ? `2001:db8:${(index >> 8).toString(16)}::${(index & 255).toString(16)}/128`
        : ipv4(index),
    dst_cidr: null,
    src_port_min: null,
    src_port_max: null,
    dst_port_min: index % 65_536,
    dst_port_max: index % 65_536,
    rate_pps: limits ? 1_000 : null,
    burst: null,
    version: 1,
    created_at: now,
    updated_at: now,
  };
}

function ipv4(index: number): string {
  return `10.${(index >> 16) & 255}.${(index >> 8) & 255}.${index & 255}/32`;
}
