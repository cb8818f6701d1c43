import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Transaction } from '../db/database.ts';
import { migrateUp } from '../db/migrator.ts';
import { mysqlSettings } from '../db/session-settings.ts';
import { DIALECTS, emptyDatabase, type TestDatabase } from '../testing/dialects.ts';
import { findUser, insertUser } from '../users/users.repository.ts';
import { userRow } from './samples.ts';

/** As a Galera node answers whose transaction was certified later than another's: error 1213, and it is rolled back. */
const CONFLICT = { code: 'ER_LOCK_DEADLOCK', errno: 1213, sqlState: '40001', fatal: false };

type Done = (error: Error | null, result?: unknown) => void;

/** The next COMMIT of this transaction fails certification. */
async function refuseNextCommit(trx: Transaction): Promise<void> {
  const connection = await trx.client.acquireConnection();
  const query = connection.query.bind(connection);
  connection.query = (sql: string, done: Done) => {
    if (!/^commit/i.test(sql)) return query(sql, done);
    connection.query = query;
    const error = Object.assign(new Error('Deadlock found when trying to get lock'), CONFLICT);
    return query('ROLLBACK', () => done(error));
  };
}

for (const dialect of DIALECTS.filter((name) => name === 'mysql' || name === 'mariadb'))
  describe(`a transaction on ${dialect}`, () => {
    let test: TestDatabase;
    beforeAll(async () => {
      test = await emptyDatabase(dialect);
      await migrateUp(test.db);
    });
    afterAll(() => test?.close());

    it('that is refused at COMMIT by certification runs again as a whole', async () => {
      const { db } = test;
      const user = userRow();
      let attempts = 0;
      await db.transaction(async (trx) => {
        attempts += 1;
        await insertUser(trx, user);
        if (attempts === 1) await refuseNextCommit(trx);
      });
      expect([attempts, db.statistics().retries]).toEqual([2, 1]);
      expect(await findUser(db.knex, user.id)).toMatchObject({ id: user.id });
      expect(db.pool()).toMatchObject({ used: 0, waiting: 0 });
    });
  });

describe('the settings of a connection', () => {
  const settings = (variables: Record<string, string>) =>
    mysqlSettings({ statementTimeoutMs: 1000 }, new Map(Object.entries(variables))).join('; ');

  it('make a read on a Galera node wait for what was committed on another', () => {
    expect(settings({ version: '10.11.6-MariaDB', wsrep_on: 'ON' })).toContain('session wsrep_sync_wait = 1');
  });

  it('say nothing of it to a server that is no node', () => {
    expect(settings({ version: '9.7.0' })).not.toContain('wsrep');
    expect(settings({ version: '10.11.6-MariaDB', wsrep_on: 'OFF' })).not.toContain('wsrep');
  });
});
