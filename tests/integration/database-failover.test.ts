import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { type PostgresStandby, startStandby } from '../../scripts/databases/postgres-standby.ts';
import { waitUntil } from '../../scripts/processes/wait-until.ts';
import { RAISE_MS, raiseServerStage, type ServerStage } from '../harness/fault-stage.ts';
import { untilReason, untilRefused, untilServed } from '../harness/fault-waits.ts';
import { openStore, type Store } from '../harness/stored-state.ts';
import { underLoad } from '../harness/under-load.ts';
import { withServers } from '../harness/with-servers.ts';

describe('a PostgreSQL primary dies, and its standby takes over behind the same address', () => {
  let stage: ServerStage;
  let standby: PostgresStandby;
  let successor: Store;
  const raise = async () => {
    stage = await raiseServerStage({ type: 'postgres' });
    standby = await startStandby(stage.server, join(stage.directory, 'standby'));
    successor = openStore(standby.url());
    await waitForStandby(stage.store, standby.name);
  };
  withServers(['postgres'], raise, RAISE_MS);
  afterAll(async () => {
    await successor?.close();
    await standby?.[Symbol.asyncDispose]();
    await stage?.[Symbol.asyncDispose]();
  });

  test('nothing acknowledged is lost, and nobody restarts the API', async () => {
    const load = { what: 'postgres, failover', label: 'failover' };
    const faults = await underLoad({ ...stage, store: successor }, load, async (ledger) => {
      await stage.server.kill();
      await untilRefused(ledger);
      // The address moves first, as with a load balancer that follows too early.
      stage.proxy.pointTo(standby.port);
      await untilReason(stage.admins, /accepts no changes|read-only/);
      await waitUntil('a refusal because it is read-only', () =>
        [...ledger.refusals.keys()].some((reason) => /accepts no changes/.test(reason)),
      );
      await standby.promote();
      await untilServed(ledger, 10);
    });
    expect(faults).toEqual([]);
  });
});

/** From now on a COMMIT is answered when the standby has it: what was acknowledged survives the primary. */
async function waitForStandby({ knex }: Store, name: string): Promise<void> {
  await knex.raw(`alter system set synchronous_standby_names = '${name}'`);
  await knex.raw('select pg_reload_conf()');
  await waitUntil('the standby to be synchronous', async () => {
    const { rows } = await knex.raw('select sync_state from pg_stat_replication');
    return rows[0]?.sync_state === 'sync';
  });
}
