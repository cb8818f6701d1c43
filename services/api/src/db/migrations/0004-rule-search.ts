import type { Knex } from 'knex';
import { type FoundBy, MAX_RULE_TERM, RULE_TERMS, ruleTerms } from '../../rules/search.ts';
import { insertTerms } from '../../search-terms.ts';
import { keyText } from '../dialect.ts';

const UUID = 36;
/** Rules that are in memory at once. */
const BATCH = 1000;

/**
 * What finds a rule, as user_search_terms does with users. The column search_text is no longer read, but stays: servers
 * of the release before, which run on until the last is replaced, search it.
 */
export async function up(knex: Knex): Promise<void> {
  const client = knex.client.driverName;
  await knex.schema.createTable('rule_search_terms', (table) => {
    keyText(table, 'term', MAX_RULE_TERM, client).notNullable();
    keyText(table, 'rule_id', UUID, client).notNullable();
    table.primary(['term', 'rule_id']);
    table.foreign('rule_id', 'rule_search_terms_rule').references('rules.id').onDelete('CASCADE');
    table.index(['rule_id', 'term'], 'rule_search_terms_by_rule');
  });
  await fill(knex);
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.dropTableIfExists('rule_search_terms');
}

async function fill(knex: Knex): Promise<void> {
  let after = '';
  for (;;) {
    const rules: (FoundBy & { id: string })[] = await knex('rules')
      .where('id', '>', after)
      .orderBy('id')
      .limit(BATCH)
      .select('id', 'name', 'description', 'src_cidr', 'dst_cidr');
    const terms = rules.flatMap((rule) => ruleTerms(rule).map((term) => [term, rule.id] as const));
    await insertTerms(knex, RULE_TERMS, terms);
    if (rules.length < BATCH) return;
    after = rules.at(-1)!.id;
  }
}
