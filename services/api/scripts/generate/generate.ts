import type { Database } from '../../src/db/database.ts';
import { toRow } from '../../src/rules/rules.repository.ts';
import { ruleTerms } from '../../src/rules/search.ts';
import { analyze, insertMany, inTransactions, numbers, type Progress } from './bulk.ts';
import { withoutIndexes } from './deferred-indexes.ts';
import { createEntries } from './entries.ts';
import { createPeople, type People, userRows } from './people.ts';
import { createRuleMaker } from './rules.ts';

export interface Amounts {
  users: number;
  audit: number;
  rules: number;
}

interface Figure {
  what: keyof Amounts;
  rows: number;
  seconds: number;
}

interface Options {
  amounts: Amounts;
  /** Adds to what is there; without it a database with users or rules is refused. */
  append?: boolean;
  now?: number;
  progress?: (what: keyof Amounts) => Progress;
}

const TABLES: Record<keyof Amounts, string[]> = {
  users: ['users', 'user_search_terms'],
  audit: ['audit_logs'],
  rules: ['rules', 'rule_search_terms'],
};

/** Rows from which building the indexes at the end is quicker. */
const WORTH_DEFERRING = 50_000;

/** Fills a migrated database. Everything follows from the amounts and the time, except in what is appended. */
export async function generate(
  db: Database,
  { amounts, append = false, ...options }: Options,
): Promise<Figure[]> {
  if (!append) await refuseUnlessEmpty(db);
  const now = options.now ?? Date.now();
  const run = append ? `${Date.now().toString(36)}-` : '';
  const people = createPeople(amounts.users, now, run);
  const figures: Figure[] = [];
  const step = async (what: keyof Amounts, work: (progress: Progress) => Promise<void>) => {
    const started = performance.now();
    const run = () => work(options.progress?.(what) ?? (() => {}));
    const deferred = !append && amounts[what] >= WORTH_DEFERRING;
    await (deferred ? withoutIndexes(db, TABLES[what], run) : run());
    figures.push({ what, rows: amounts[what], seconds: (performance.now() - started) / 1000 });
  };
  await step('users', (progress) => generateUsers(db, amounts.users, people, progress));
  await step('audit', async (progress) => {
    const entry = createEntries(amounts.audit, people, amounts.users, now, run);
    await inTransactions(db, amounts.audit, progress, (trx, from, to) =>
      insertMany(trx, 'audit_logs', numbers(from, to).map(entry) as object[] as Record<string, unknown>[]),
    );
  });
  await step('rules', (progress) => generateRules(db, amounts.rules, now, run, progress));
  await analyze(db, Object.values(TABLES).flat());
  return figures;
}

async function refuseUnlessEmpty(db: Database): Promise<void> {
  // The first administrator may be there.
  const users = await db.knex('users').limit(2).pluck('id');
  const rules = await db.knex('rules').limit(1).pluck('id');
  if (users.length > 1 || rules.length > 0)
    throw new Error(
      'The database has users or rules already; --append adds to them, make db-reset empties it',
    );
}

async function generateUsers(db: Database, total: number, people: People, progress: Progress): Promise<void> {
  await inTransactions(db, total, progress, async (trx, from, to) => {
    const rows = numbers(from, to).map((n) => userRows(people.user(n)));
    await insertMany(
      trx,
      'users',
      rows.map(({ user }) => user as object as Record<string, unknown>),
    );
    await insertMany(
      trx,
      'user_search_terms',
      rows.flatMap(({ terms }) => terms),
    );
  });
}

/** Like rules that are saved: their number and the revision go up with them, so that fast paths get them. */
async function generateRules(
  db: Database,
  total: number,
  now: number,
  run: string,
  progress: Progress,
): Promise<void> {
  const rule = createRuleMaker(now, run);
  await inTransactions(db, total, progress, async (trx, from, to) => {
    await trx('ruleset_state')
      .where({ id: 1 })
      .update({ revision: trx.raw('revision + 1'), rule_count: trx.raw('rule_count + ?', [to - from]) });
    const rules = numbers(from, to).map(rule);
    await insertMany(trx, 'rules', rules.map(toRow) as object[] as Record<string, unknown>[]);
    const terms = rules.flatMap((made) => ruleTerms(made).map((term) => ({ term, rule_id: made.id })));
    await insertMany(trx, 'rule_search_terms', terms);
  });
}
