import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { analyze, insertMany, numbers } from '../../scripts/generate/bulk.ts';
import { generate } from '../../scripts/generate/generate.ts';
import { listAuditLogs } from '../audit/audit.repository.ts';
import { findLiveSession, knowsAddress, listLiveSessions } from '../auth/sessions.repository.ts';
import type { Queryable } from '../db/database.ts';
import { migrateUp } from '../db/migrator.ts';
import { listRules } from '../rules/rules.repository.ts';
import { DIALECTS, emptyDatabase, type TestDatabase } from '../testing/dialects.ts';
import { explain, faults } from '../testing/plans.ts';
import { findUserByEmail, lockActiveAdmins } from '../users/users.repository.ts';
import { listUsers } from '../users/users-list.repository.ts';

/** More than a planner reads for want of something better. */
const USERS = 20_000;
const AMOUNTS = { users: USERS, audit: 12_000, rules: 5000 };

/** Rows for one page: the keys of each range, and then the page itself. */
const PAGE = 21 * 2;
const MERGED = 21 * 24 + PAGE;
/** A numbered page counts, and skips, to the ten-thousandth row; in each range that it merges. */
const NUMBERED = 10_001 * 2 + PAGE;
/** A search looks at the terms of a thousand users, and then at them. */
const SEARCHED = 1001 * 4;

type Run = (db: Queryable) => Promise<unknown>;
type Listed = { next_cursor: string | null };
type List = (db: Queryable, request: never) => Promise<Listed>;

const SORTS = ['created_at', '-created_at', 'email', '-email', 'full_name', '-full_name'];
const USER_FILTERS = [{}, { role: 'admin' }, { is_active: false }, { role: 'maintainer', is_active: true }];
const RULE_SORTS = ['priority', '-priority', 'name', '-name', 'created_at', '-updated_at'];
const RULE_FILTERS = [{}, { protocol: 'icmp' }, { enabled: false }, { action: 'drop', enabled: true }];

/** The first page and one that follows a cursor. */
const byCursor =
  (list: List, request: object): Run =>
  async (db) => {
    const { next_cursor: cursor } = await list(db, { limit: 20, ...request } as never);
    if (cursor) await list(db, { limit: 20, cursor, ...request } as never);
  };

const lastPage =
  (list: List, request: object): Run =>
  (db) =>
    list(db, { page: 500, per_page: 20, ...request } as never);

const CASES: [name: string, budget: number, run: Run][] = [
  ...SORTS.flatMap((sort) =>
    USER_FILTERS.map((filter): (typeof CASES)[number] => [
      `users by ${sort} ${JSON.stringify(filter)}`,
      MERGED,
      byCursor(listUsers, { sort, ...filter }),
    ]),
  ),
  ...RULE_SORTS.flatMap((sort) =>
    RULE_FILTERS.map((filter): (typeof CASES)[number] => [
      `rules by ${sort} ${JSON.stringify(filter)}`,
      MERGED,
      byCursor(listRules, { sort, ...filter }),
    ]),
  ),
  ...[{}, { action: 'user.deleted' }, { action: 'user.deleted', resource_type: 'rule' }].map(
    (filter): (typeof CASES)[number] => [
      `the audit log ${JSON.stringify(filter)}`,
      PAGE,
      byCursor(listAuditLogs, { sort: '-created_at', ...filter }),
    ],
  ),
  ['the last numbered page of users', NUMBERED, lastPage(listUsers, { sort: 'email' })],
  [
    'the last numbered page of viewers',
    NUMBERED,
    lastPage(listUsers, { sort: '-full_name', role: 'viewer' }),
  ],
  ['the last numbered page of the audit log', NUMBERED, lastPage(listAuditLogs, { sort: '-created_at' })],
  ['a search by e-mail prefix', SEARCHED, byCursor(listUsers, { sort: '-created_at', q: 'zoe.t' })],
  ['a search by name', SEARCHED, byCursor(listUsers, { sort: 'full_name', q: 'turing' })],
  ['a search that finds many', SEARCHED, byCursor(listUsers, { sort: 'email', q: 'a' })],
  ['a search among few', SEARCHED, byCursor(listUsers, { sort: 'email', q: 'a', role: 'admin' })],
  ['the numbered pages of a search that finds many', 40_000, lastPage(listUsers, { sort: 'email', q: 'a' })],
  ['a search of rules by name', SEARCHED, byCursor(listRules, { sort: 'priority', q: 'scanner 77' })],
  ['a search of rules by address', SEARCHED, byCursor(listRules, { sort: 'name', q: '10.7.' })],
  ['a search of rules that finds many', SEARCHED, byCursor(listRules, { sort: '-updated_at', q: '10.' })],
  [
    'a search of many rules that are filtered',
    SEARCHED,
    byCursor(listRules, { sort: 'name', q: 's', enabled: true }),
  ],
  ['a search among few rules', SEARCHED, byCursor(listRules, { sort: 'name', q: '10.', protocol: 'icmp' })],
  ['the numbered pages of a search of rules', 40_000, lastPage(listRules, { sort: 'name', q: '10.' })],
  ['the session check', 2, (db) => findLiveSession(db, 'session-77', Date.now())],
  ['the sessions of a user', 10, (db) => listLiveSessions(db, 'nobody', Date.now())],
  ['a known address', 10, (db) => knowsAddress(db, 'nobody', '192.0.2.1', Date.now())],
  ['a user by address', 1, (db) => findUserByEmail(db, 'nobody@example.com')],
  ['the active administrators', 100, (db) => lockActiveAdmins(db)],
  ['the login throttle', 1, (db) => db('login_failures').where({ throttle_key: 'key-77' }).first()],
  [
    'the sweep of the throttle',
    500,
    (db) =>
      db('login_failures')
        .where('window_ends_at', '<=', 5)
        .orderBy('window_ends_at')
        .limit(500)
        .pluck('throttle_key'),
  ],
];

for (const dialect of DIALECTS) {
  describe(`on ${dialect}, an index finds`, () => {
    let test: TestDatabase;
    beforeAll(async () => {
      test = await emptyDatabase(dialect);
      await migrateUp(test.db);
      await generate(test.db, { amounts: AMOUNTS });
      await addSessions(test);
      await analyze(test.db, ['sessions', 'login_failures']);
    });
    afterAll(() => test?.close());

    it.each(CASES)('%s', async (_name, budget, run) => {
      const statements = await recorded(test, run);
      expect(statements.length).toBeGreaterThan(0);
      const wrong: string[] = [];
      for (const { sql, bindings } of statements) {
        const accesses = await explain(test.db, sql, bindings);
        for (const fault of faults(accesses, sql, budget))
          wrong.push(`${fault}: ${sql} ${JSON.stringify(accesses)}`);
      }
      expect(wrong).toEqual([]);
    });
  });
}

interface Statement {
  sql: string;
  bindings: unknown[];
}

/** The SELECTs that `run` sends. */
async function recorded({ db }: TestDatabase, run: Run): Promise<Statement[]> {
  const statements: Statement[] = [];
  const record = ({ sql, bindings }: Statement) => {
    if (/^select/i.test(sql)) statements.push({ sql: sql.replace(/ for update$/, ''), bindings });
  };
  db.knex.on('query', record);
  try {
    await run(db.knex);
  } finally {
    db.knex.removeListener('query', record);
  }
  return statements;
}

async function addSessions({ db }: TestDatabase): Promise<void> {
  const users: string[] = await db.knex('users').limit(2000).pluck('id');
  const now = Date.now();
  const session = (n: number) => ({
    id: `session-${n}`,
    user_id: users[n % users.length]!,
    created_at: now,
    last_used_at: now,
    expires_at: now + n,
    ends_at: now + 1e9,
    revoked_at: n % 2 ? now : null,
    revoked_reason: null,
    ip: '192.0.2.1',
    user_agent: '',
  });
  await db.transaction(async (trx) => {
    await insertMany(trx, 'sessions', numbers(0, 20_000).map(session));
    const windows = numbers(0, 20_000).map((n) => ({
      throttle_key: `key-${n}`,
      failures: 1,
      window_ends_at: n,
    }));
    await insertMany(trx, 'login_failures', windows);
  });
}
