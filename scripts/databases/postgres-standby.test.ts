import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { DatabaseServer } from './database-server.ts';
import { withPostgres } from './postgres-client.ts';
import { startStandby } from './postgres-standby.ts';
import { startDatabaseServer } from './server.ts';

function query(server: DatabaseServer, sql: string): Promise<unknown[]> {
  return withPostgres(server, async (client) => (await client.query(sql)).rows);
}

test('a standby follows, lags when told to, survives, and takes over', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'tripod-standby-'));
  try {
    await using primary = await startDatabaseServer({
      type: 'postgres',
      directory: join(directory, 'primary'),
      durable: false,
    });
    await query(primary, 'create table notes (id int)');
    await query(primary, 'insert into notes select generate_series(1, 10000)');
    await using standby = await startStandby(primary, join(directory, 'standby'));
    const count = async () => (await query(standby, 'select count(*)::int as count from notes'))[0];
    expect(await count()).toEqual({ count: 10_000 });
    await expect(query(standby, 'insert into notes values (0)')).rejects.toThrow(/read-only/);

    await standby.pauseReplay();
    await query(primary, 'insert into notes values (0)');
    expect(await count()).toEqual({ count: 10_000 });
    await standby.resumeReplay();
    await standby.caughtUp();
    expect(await count()).toEqual({ count: 10_001 });

    await standby.kill();
    await query(primary, 'insert into notes values (0)');
    await standby.start();
    await standby.caughtUp();
    expect(await count()).toEqual({ count: 10_002 });

    await primary.kill();
    await standby.promote();
    await query(standby, 'insert into notes values (0)');
    expect(await count()).toEqual({ count: 10_003 });
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});
