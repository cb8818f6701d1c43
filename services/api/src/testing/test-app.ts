import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Express } from 'express';
import { pino } from 'pino';
import request from 'supertest';
import { v7 as uuidv7 } from 'uuid';
import { createApp } from '../app.ts';
import { SYSTEM_ACTOR } from '../audit/audit.ts';
import { readConfig } from '../config.ts';
import { type Context, createContext } from '../context.ts';
import { migrateUp } from '../db/migrator.ts';
import type { RoleName } from '../permissions.ts';

export const TEST_PASSWORD = 'a rather good password';

export interface Person {
  id: string;
  email: string;
  accessToken: string;
  refreshToken: string;
  /** The header that authenticates. */
  bearer: { Authorization: string };
}

export interface TestApp {
  ctx: Context;
  app: Express;
  request(): ReturnType<typeof request>;
  /** Creates a user of this role and signs in. */
  person(role: RoleName): Promise<Person>;
  login(email: string, password?: string): Promise<Person>;
  close(): Promise<void>;
}

/** The environment of a test: a temporary SQLite file, the cheapest permitted bcrypt, no fast path. */
export function testEnv(overrides: Record<string, string> = {}): Record<string, string> {
  return {
    APP_ENV: 'test',
    LOG_LEVEL: 'fatal',
    HOST: '127.0.0.1',
    PORT: '0',
    METRICS_PORT: '0',
    SHUTDOWN_DELAY_MS: '0',
    JWT_KEYS: 'test:a-secret-only-for-tests-0123456789',
    BCRYPT_COST: '10',
    ...overrides,
  };
}

/** The real application on a migrated database of its own. No socket is opened before a request needs one. */
export async function startTestApp(
  env: Record<string, string> = {},
  overrides: Partial<Context> = {},
): Promise<TestApp> {
  const folder = mkdtempSync(join(tmpdir(), 'tripod-api-'));
  const config = readConfig(testEnv({ DB_TYPE: 'sqlite', DB_NAME: join(folder, 'test.sqlite'), ...env }));
  const ctx = createContext(config, { log: pino({ level: 'silent' }), ...overrides });
  await migrateUp(ctx.db);
  const app = createApp(ctx);

  async function login(email: string, password = TEST_PASSWORD): Promise<Person> {
    const { body } = await request(app).post('/api/v1/auth/login').send({ email, password }).expect(200);
    return {
      id: body.user.id,
      email: body.user.email,
      accessToken: body.access_token,
      refreshToken: body.refresh_token,
      bearer: { Authorization: `Bearer ${body.access_token}` },
    };
  }

  return {
    ctx,
    app,
    request: () => request(app),
    login,
    async person(role) {
      const email = `${role}-${uuidv7()}@example.com`;
      const person = { email, full_name: `Some ${role}`, role, is_active: true, password: TEST_PASSWORD };
      await ctx.users.create(SYSTEM_ACTOR, { ...person, must_change_password: false });
      return login(email);
    },
    async close() {
      ctx.lifecycle.drain();
      await ctx.lifecycle.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
