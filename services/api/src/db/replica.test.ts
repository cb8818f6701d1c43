import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DIALECTS, emptyDatabase, type TestDatabase } from '../testing/dialects.ts';
import { type Database, openDatabase, PRIMARY } from './database.ts';
import type { ServerConfig } from './database-config.ts';

const NEVER = { lastWriteAt: null };

/** A standby that follows, lags, stops and comes back: tests/integration. Here is what needs none. */
describe.runIf(DIALECTS.includes('postgres'))('a replica', () => {
  let test: TestDatabase;
  let db: Database;
  const open = (address: Partial<ServerConfig>) => {
    const config = test.config as ServerConfig;
    db = openDatabase({ ...config, replica: { ...config, ...address } });
  };
  beforeEach(async () => {
    test = await emptyDatabase('postgres');
  });
  afterEach(async () => {
    await db.close();
    await test.close();
  });
  const answer = (reader: Parameters<Database['read']>[0]) =>
    db.read(reader, async (queryable) => (await queryable.raw('select 1 as one')).rows[0].one);

  it('that is no standby is never read from', async () => {
    open({});
    expect(await answer(NEVER)).toBe(1);
    const { replica } = db.health();
    expect(replica).toMatchObject({ state: 'away', lagMs: null });
    expect(await answer(NEVER)).toBe(1);
    expect(db.statistics().replicaReads).toEqual([{ target: 'primary', why: 'away', count: 2 }]);
  });

  it('that does not answer keeps nobody waiting and is no failure of the primary', async () => {
    open({ port: 1 });
    expect(await answer(NEVER)).toBe(1);
    expect(await answer(PRIMARY)).toBe(1);
    expect(db.statistics().replicaReads).toEqual([
      { target: 'primary', why: 'away', count: 1 },
      { target: 'primary', why: 'pinned', count: 1 },
    ]);
    expect(db.health().primary).toBeNull();
  });
});
