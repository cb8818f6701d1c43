import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { waitUntil } from '../../scripts/processes/wait-until.ts';
import { untilConnectionsKilled } from '../harness/connection-killer.ts';
import { LIMITS, RAISE_MS, raiseServerStage, restore, type ServerStage } from '../harness/fault-stage.ts';
import { untilNotReady, untilReason, untilRefused, untilServed } from '../harness/fault-waits.ts';
import { underLoad } from '../harness/under-load.ts';
import { withServers } from '../harness/with-servers.ts';

/** Behind a proxy a server that is down is one that hangs up. */
const DOWN = /not accept connections|was lost|ECONN|terminated/;
const TYPES = ['postgres', 'mysql', 'mariadb'] as const;

describe.each(TYPES)('%s goes away under load', (type) => {
  let stage: ServerStage;
  const raise = async () => {
    stage = await raiseServerStage({ type });
  };
  withServers([type], raise, RAISE_MS);
  // So that one test that fails does not fail the next.
  afterEach(() => stage && restore(stage));
  afterAll(() => stage?.[Symbol.asyncDispose]());

  test('stopped and started', async () => {
    const what = `${type}, stopped and started`;
    const faults = await underLoad(stage, { what, label: 'stopped' }, async (ledger) => {
      await stage.server.stop();
      await untilRefused(ledger);
      await untilNotReady(stage.admins, DOWN);
      await stage.server.start();
      await untilServed(ledger, 1);
    });
    expect(faults).toEqual([]);
  });

  test('killed with SIGKILL', async () => {
    const what = `${type}, SIGKILL`;
    const faults = await underLoad(stage, { what, label: 'killed' }, async (ledger) => {
      await stage.server.kill();
      await untilRefused(ledger);
      await untilNotReady(stage.admins, DOWN);
      await stage.server.start();
      await untilServed(ledger, 1);
    });
    expect(faults).toEqual([]);
  });

  test('its connections are killed, one after the other, for as long as the load lasts', async () => {
    const what = `${type}, 60 connections killed`;
    const faults = await underLoad(stage, { what, label: 'cut' }, async (ledger) => {
      const before = ledger.acknowledged;
      await untilConnectionsKilled(stage.store, 60);
      await waitUntil('writes meanwhile', () => ledger.acknowledged > before);
    });
    expect(faults).toEqual([]);
  });

  test('the network to it goes silent', async () => {
    const what = `${type}, silent network`;
    const faults = await underLoad(stage, { what, label: 'silent' }, async (ledger) => {
      stage.proxy.hang();
      await untilRefused(ledger);
      await untilNotReady(
        stage.admins,
        /took too long|was lost|not answer|no answer|in use|not accept connections/,
      );
      await stage.proxy.heal();
      await untilServed(ledger, 1);
    });
    expect(faults).toEqual([]);
  });

  test('statements that wait for a lock hold all its connections', async () => {
    // More writers than connections, at each process.
    const load = {
      what: `${type}, pool exhausted`,
      label: 'pool',
      writersEach: Number(LIMITS.DB_POOL_SIZE) + 2,
    };
    const faults = await underLoad(stage, load, async (ledger) => {
      const lock = await stage.store.knex.transaction();
      await lock('ruleset_state').where({ id: 1 }).forUpdate().first();
      await lock('users').where({ role: 'admin' }).forUpdate().select('id');
      await untilRefused(ledger);
      await untilReason(stage.admins, /All .*connections to the database are in use/);
      expect([...ledger.refusals.keys()].join()).toMatch(/All connections to the database are in use/);
      await lock.rollback();
      await untilServed(ledger, 5);
    });
    expect(faults).toEqual([]);
  });
});
