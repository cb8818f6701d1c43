import { v7 as uuidv7 } from 'uuid';
import { generate } from '../../scripts/generate/generate.ts';
import { signAccessToken } from '../../src/auth/tokens.ts';
import { readConfig } from '../../src/config.ts';
import { createContext } from '../../src/context.ts';
import { migrateUp } from '../../src/db/migrator.ts';
import { type Dialect, emptyDatabase } from '../../src/testing/dialects.ts';
import { insertUser } from '../../src/users/users.repository.ts';
import { UNHASHED } from './unhashed.ts';

const USERS = 10_000;

/** What is in the tables that the works change. */
export interface Contents {
  readonly users: number;
  readonly terms: number;
  readonly entries: number;
}

/** A database with users, and an administrator with a session for each connection. */
export interface Stage extends AsyncDisposable {
  readonly dialect: Dialect;
  /** For the servers under test. */
  readonly env: Record<string, string>;
  readonly userIds: readonly string[];
  readonly tokens: readonly string[];
  contents(): Promise<Contents>;
}

export async function openStage(dialect: Dialect, sessions: number): Promise<Stage> {
  const database = await emptyDatabase(dialect);
  const { db } = database;
  await migrateUp(db);
  await generate(db, { amounts: { users: USERS, audit: 0, rules: 0 } });
  const userIds: string[] = await db.knex('users').pluck('id');
  const env = {
    ...database.env,
    NODE_ENV: 'production',
    LOG_LEVEL: 'info',
    RATE_LIMIT_PER_MINUTE: '0',
    ACCESS_TOKEN_TTL_S: '86400',
    PATH: process.env.PATH!,
  };
  const tokens = await signInAdministrator(env, sessions);
  const count = async (table: string) => Number((await db.knex(table).count({ rows: '*' }))[0]!.rows);
  return {
    dialect,
    env,
    userIds,
    tokens,
    contents: async () => ({
      users: await count('users'),
      terms: await count('user_search_terms'),
      entries: await count('audit_logs'),
    }),
    [Symbol.asyncDispose]: () => database.close(),
  };
}

async function signInAdministrator(env: Record<string, string>, sessions: number): Promise<string[]> {
  const ctx = createContext(readConfig({ ...env, LOG_LEVEL: 'fatal' }));
  const userId = uuidv7();
  const now = Date.now();
  const client = { ip: '127.0.0.1', userAgent: 'benchmark' };
  try {
    return await ctx.db.transaction(async (trx) => {
      await insertUser(trx, {
        id: userId,
        email: 'benchmark@example.com',
        full_name: 'Benchmark',
        role: 'admin',
        is_active: true,
        must_change_password: false,
        password_hash: UNHASHED,
        created_at: now,
        updated_at: now,
        last_login_at: null,
      });
      const tokens: string[] = [];
      for (let count = 0; count < sessions; count++) {
        const { sessionId } = await ctx.sessions.begin(trx, userId, client);
        tokens.push(signAccessToken(ctx.config, { userId, sessionId, role: 'admin' }).token);
      }
      return tokens;
    });
  } finally {
    await ctx.lifecycle.close();
  }
}
