import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Database } from '../db/database.ts';
import { MIGRATIONS } from '../db/migrations/index.ts';
import { migrateUp } from '../db/migrator.ts';
import { ruleTerms } from '../rules/search.ts';
import { DIALECTS, emptyDatabase, type TestDatabase } from '../testing/dialects.ts';
import { schemaOf } from '../testing/schema-of.ts';

const NAMES = Object.keys(MIGRATIONS);
const AT = 1_795_308_886_123;

/**
 * What each migration did when it was released, statement by statement. A new migration's file is written when this
 * test first runs with that server (not in CI): commit it. Once released it stays as it is, and so does the migration.
 */
const releasedFile = (name: string, dialect: string) =>
  // MariaDB speaks MySQL's language, to the letter.
  `released-schemas/${name}.${dialect === 'mariadb' ? 'mysql' : dialect}.sql`;

for (const dialect of DIALECTS) {
  describe(`released schemas on ${dialect}`, () => {
    let test: TestDatabase;
    beforeEach(async () => {
      test = await emptyDatabase(dialect);
    });
    afterEach(() => test.close());

    it('are made by migrations that nobody has edited since', async () => {
      for (const name of NAMES) {
        const statements = await definitionsOf(test.db, name);
        await expect(statements.join('')).toMatchFileSnapshot(releasedFile(name, dialect));
      }
    });

    it.each(NAMES.slice(0, -1))(
      'as of %s become that of a new database, with every row that was there',
      async (name) => {
        const upTo = NAMES.slice(0, NAMES.indexOf(name) + 1);
        await release(test.db, dialect, upTo);
        const tables = await fill(test.db);
        const before = await rowsOf(test.db, tables);
        await migrateUp(test.db);
        expect(await rowsOf(test.db, tables)).toEqual(before);
        const fresh = await emptyDatabase(dialect);
        await migrateUp(fresh.db);
        expect(await schemaOf(test.db)).toEqual(await schemaOf(fresh.db));
        await fresh.close();
      },
    );

    it('as of 0003 have no search terms of rules: all get theirs, also when the first try ends half way', async () => {
      const last = '0004-rule-search';
      await release(test.db, dialect, NAMES.slice(0, NAMES.indexOf(last)));
      const rules = manyRules(2_500);
      await test.db.knex.batchInsert('rules', rules, 400);
      await migrateUp(test.db);
      const expected = rules.flatMap((rule) => ruleTerms(rule).map((term) => `${rule.id} ${term}`)).sort();
      expect(await ruleTermsOf(test.db)).toEqual(expected);

      await test.db.knex('rule_search_terms').where('rule_id', '>', '01000').delete();
      await test.db.knex('schema_migrations').where({ name: last }).update({ applied_at: 0 });
      await migrateUp(test.db);
      expect(await ruleTermsOf(test.db)).toEqual(expected);
    });
  });
}

/** Runs one migration and answers what it defined: the statements, a line each. */
async function definitionsOf({ knex }: Database, name: string): Promise<string[]> {
  const seen: string[] = [];
  const record = ({ sql }: { sql: string }) => {
    if (/^(create|alter|drop)\b/i.test(sql)) seen.push(`${sql};\n`);
  };
  knex.on('query', record);
  try {
    await MIGRATIONS[name]!.up(knex);
  } finally {
    knex.removeListener('query', record);
  }
  return seen;
}

/** The database as these migrations left it when they were released, without the code of today. */
async function release({ knex }: Database, dialect: string, names: readonly string[]): Promise<void> {
  await knex.schema.createTable('schema_migrations', (table) => {
    table.string('name', 100).primary();
    table.bigInteger('applied_at').notNullable();
  });
  for (const name of names) {
    const text = readFileSync(new URL(releasedFile(name, dialect), import.meta.url), 'utf8');
    for (const statement of text.split(';\n').filter(Boolean)) await knex.raw(statement);
    await knex('schema_migrations').insert({ name, applied_at: AT });
  }
}

/** One row in each table that is there. */
async function fill({ knex }: Database): Promise<string[]> {
  const user = {
    id: 'u',
    email: 'žofie@example.com',
    full_name: 'Žofie 😀',
    name_key: 'žofie 😀',
    role: 'admin',
  };
  const flags = { is_active: true, must_change_password: false };
  const times = { created_at: AT, updated_at: AT };
  const rows: Record<string, object> = {
    users: { ...user, ...flags, ...times, password_hash: '-', last_login_at: null },
    user_search_terms: { user_id: 'u', term: 'žofie' },
    sessions: {
      ...{ id: 's', user_id: 'u', created_at: AT, last_used_at: AT, expires_at: AT, ends_at: AT },
      ...{ revoked_at: null, revoked_reason: null, ip: '2001:db8::1', user_agent: 'ü 🦊' },
    },
    refresh_tokens: { token_hash: 'h', session_id: 's', parent_hash: null, created_at: AT, rotated_at: null },
    login_failures: { throttle_key: 'k', failures: 3, window_ends_at: AT },
    audit_logs: {
      ...{ id: 'a', created_at: AT, actor_id: 'u', actor_email: user.email, action: 'user.updated' },
      ...{ resource_type: 'user', resource_id: 'u', changes: '{"x":{"to":"😀"}}', ip: '', request_id: 'r' },
    },
    rules: {
      ...{ id: 'r', name: 'Ü', description: '', name_key: 'ü', search_text: 'ü', enabled: true, priority: 1 },
      ...{ action: 'drop', protocol: 'udp', version: 7, ...times },
    },
    rule_search_terms: { rule_id: 'r', term: 'ü' },
    ruleset_state: { id: 1, source_id: 'here', revision: 8, rule_count: 1 },
  };
  const there: string[] = [];
  for (const [table, row] of Object.entries(rows)) {
    if (!(await knex.schema.hasTable(table))) continue;
    await knex(table).insert(row);
    there.push(table);
  }
  return there;
}

function manyRules(count: number) {
  return Array.from({ length: count }, (_, n) => ({
    ...{ id: String(n).padStart(5, '0'), name: `Block ${n} 😀`, name_key: `block ${n} 😀`, search_text: '' },
    ...{
      description: n % 2 ? 'Of a list' : '',
      src_cidr: n % 3 ? `10.0.0.${n % 256}/32` : null,
      dst_cidr: null,
    },
    ...{ enabled: true, priority: 1, action: 'drop', protocol: 'udp', version: 1 },
    ...{ created_at: AT, updated_at: AT },
  }));
}

async function ruleTermsOf({ knex }: Database): Promise<string[]> {
  const rows: { rule_id: string; term: string }[] = await knex('rule_search_terms');
  return rows.map(({ rule_id, term }) => `${rule_id} ${term}`).sort();
}

function rowsOf({ knex }: Database, tables: string[]): Promise<unknown[]> {
  return Promise.all(tables.map((table) => knex(table)));
}
