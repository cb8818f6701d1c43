import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { emptyDatabase, type TestDatabase } from '../testing/dialects.ts';
import { startTestApp, type TestApp } from '../testing/test-app.ts';
import { findUser, insertUser } from '../users/users.repository.ts';
import { userRow } from './samples.ts';

/** Another process for SQLite's locks: a connection of its own that writes, and commits when told to, or after `holdMs`. */
const WRITER = `
  const { parentPort, workerData } = require('node:worker_threads');
  const Database = require(workerData.driver);
  const db = new Database(workerData.file);
  db.exec("begin immediate; update users set role = 'maintainer'");
  parentPort.postMessage('locked');
  // Who waits inside SQLite cannot tell us to go on: then the time is over.
  Atomics.wait(workerData.told, 0, 0, workerData.holdMs);
  db.exec('commit');
  db.close();
`;

describe('two processes on one SQLite file', () => {
  let database: TestDatabase;
  let app: TestApp;
  beforeEach(async () => {
    database = await emptyDatabase('sqlite');
    app = await startTestApp(database.env);
  });
  afterEach(async () => {
    await app.close();
    await database.close();
  });

  async function otherWriter(holdMs: number) {
    const { file } = database.config as { file: string };
    const driver = new URL(import.meta.resolve('better-sqlite3')).pathname;
    const told = new Int32Array(new SharedArrayBuffer(4));
    const worker = new Worker(WRITER, { eval: true, workerData: { file, holdMs, driver, told } });
    await once(worker, 'message');
    return {
      commit: async () => {
        Atomics.store(told, 0, 1);
        Atomics.notify(told, 0);
        await once(worker, 'exit');
      },
      end: () => worker.terminate(),
    };
  }

  it('one waits for the other to commit, and then sees it', async () => {
    const [before, after] = [userRow(), userRow()];
    await app.ctx.db.transaction((trx) => insertUser(trx, before));
    const other = await otherWriter(300);
    const seen = await app.ctx.db.transaction(async (trx) => {
      await insertUser(trx, after);
      return findUser(trx, before.id);
    });
    expect(seen?.role).toBe('maintainer');
    expect((await findUser(app.ctx.db.knex, after.id))?.role).toBe('viewer');
    await other.end();
  });

  it('one reads what was there before while the other writes', async () => {
    const user = userRow();
    await app.ctx.db.transaction((trx) => insertUser(trx, user));
    const other = await otherWriter(60_000);
    expect((await findUser(app.ctx.db.knex, user.id))?.role).toBe('viewer');
    await other.commit();
    expect((await findUser(app.ctx.db.knex, user.id))?.role).toBe('maintainer');
  });
});
