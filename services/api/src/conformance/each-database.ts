import { afterAll, beforeAll, describe } from 'vitest';
import type { Context } from '../context.ts';
import type { Database } from '../db/database.ts';
import { DIALECTS, type Dialect, emptyDatabase, type TestDatabase } from '../testing/dialects.ts';
import { startTestApp, type TestApp } from '../testing/test-app.ts';

/** What a conformance test works on. Its parts exist while tests run, not while they are declared. */
export interface Subject {
  readonly dialect: Dialect;
  readonly app: TestApp;
  readonly ctx: Context;
  /** The pool of the application. */
  readonly db: Database;
  /** The database, and a second pool on it: to the server, another process. */
  readonly database: TestDatabase;
}

/**
 * Declares tests for every database at hand, each on a migrated database of its own. The tests of one file share it,
 * so each makes what it looks at and looks at nothing else.
 */
export function onEachDatabase(topic: string, define: (subject: Subject) => void): void {
  for (const dialect of DIALECTS) {
    describe(`${topic}, on ${dialect}`, () => {
      let database: TestDatabase;
      let app: TestApp;
      beforeAll(async () => {
        database = await emptyDatabase(dialect);
        app = await startTestApp(database.env);
      });
      afterAll(async () => {
        await app?.close();
        await database?.close();
      });
      define({
        dialect,
        get app() {
          return app;
        },
        get ctx() {
          return app.ctx;
        },
        get db() {
          return app.ctx.db;
        },
        get database() {
          return database;
        },
      });
    });
  }
}
