import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { type PostgresStandby, startStandby } from '../../scripts/databases/postgres-standby.ts';
import { patient } from '../../scripts/processes/patience.ts';
import { waitUntil } from '../../scripts/processes/wait-until.ts';
import { type Client, signIn } from '../harness/client.ts';
import {
  atPort,
  isRunning,
  RAISE_MS,
  raiseServerStage,
  type ServerStage,
  startServer,
} from '../harness/fault-stage.ts';
import { untilReady, untilReason } from '../harness/fault-waits.ts';
import { metric, readMetrics } from '../harness/metrics.ts';
import { startTcpProxy, type TcpProxy } from '../harness/tcp-proxy.ts';
import type { Page, User } from '../harness/types.ts';
import { underLoad } from '../harness/under-load.ts';
import { withServers } from '../harness/with-servers.ts';

describe('a PostgreSQL read replica', () => {
  let stage: ServerStage;
  let replica: PostgresStandby;
  /** Between the API processes and the replica. */
  let proxy: TcpProxy;
  /** Who never writes, at each API process. */
  let onlookers: Client[];

  const raise = async () => {
    const start = async (directory: string) => {
      const primary = await startServer('postgres', join(directory, 'primary'));
      replica = await startStandby(primary, join(directory, 'replica'), { name: 'replica' });
      proxy = await startTcpProxy(replica.port);
      return primary;
    };
    const env = () => ({
      DB_REPLICA_URL: atPort(replica.url(), proxy.port),
      // The primary is never at fault here: what it refuses because the machine is busy would be taken for the replica's.
      DB_ACQUIRE_TIMEOUT_MS: `${patient(5_000)}`,
      DB_STATEMENT_TIMEOUT_MS: `${patient(15_000)}`,
    });
    stage = await raiseServerStage({ type: 'postgres', start, env });
    const { email } = await stage.admins[0]!.createUser('onlooker@example.com', 'admin');
    const onlooker = await signIn(stage.admins[0]!.base, email);
    onlookers = stage.admins.map(({ base }) => onlooker.at(base));
  };
  withServers(['postgres'], raise, RAISE_MS);
  afterEach(async () => {
    if (!stage) return;
    await proxy.heal();
    if (!isRunning(replica)) await replica.start();
    await replica.resumeReplay();
  });
  afterAll(async () => {
    await stage?.[Symbol.asyncDispose]();
    await proxy?.close();
    await replica?.[Symbol.asyncDispose]();
  });

  const readsBy = async (target: 'replica' | 'primary') => {
    const pages = stage.stack.apis.map((api) => readMetrics(`http://${api.listen.metrics}`));
    const counts = (await Promise.all(pages)).map((page) =>
      metric(page, 'db_replica_reads_total', { target }),
    );
    return Math.min(...counts);
  };
  const listByAll = (clients: Client[]) =>
    Promise.all(clients.map((client) => client.get<Page<User>>('/users?limit=20')));

  /** Waits until each API process answers from the replica (again). */
  const untilUsed = async () => {
    const before = await readsBy('replica');
    await waitUntil(
      'reads from the replica',
      async () => {
        await listByAll(onlookers);
        return (await readsBy('replica')) > before;
      },
      { deadlineMs: patient(30_000) },
    );
  };

  /** The administrator changes something at one process and reads it at both, again and again. */
  async function readsHisOwnWrites(rounds: number): Promise<void> {
    const user = await stage.admins[0]!.createUser(`own-${Date.now()}@example.com`, 'viewer');
    for (let round = 0; round < rounds; round++) {
      const full_name = `round ${round}`;
      const writer = stage.admins[round % 2]!;
      const written = await writer.send('PATCH', `/users/${user.id}`, { body: { full_name } });
      expect(written.status, written.text).toBe(200);
      for (const reader of stage.admins) {
        expect((await reader.get<User>(`/users/${user.id}`)).full_name).toBe(full_name);
        const found = await reader.get<Page<User>>(`/users?q=${encodeURIComponent(full_name)}`);
        expect(found.items.map(({ id }) => id)).toContain(user.id);
      }
    }
  }

  test('serves reads, and a user reads his own writes at once, on either API process', async () => {
    await untilReady(stage.admins);
    await untilUsed();
    await readsHisOwnWrites(10);
  });

  test('lags: what was written is still read at once, and before long nobody reads from it', async () => {
    await untilUsed();
    await replica.pauseReplay();
    await readsHisOwnWrites(5);
    const faults = await underLoad(
      stage,
      { what: 'postgres, replica lags', label: 'lag', readers: onlookers },
      async (ledger) => {
        await untilReason(stage.admins, /replica|behind|lag/i);
        const { email } = await stage.admins[0]!.createUser('late@example.com', 'viewer');
        // Whom nobody has told that anything was written sees it as well: the primary answers.
        for (const page of await listByAll(onlookers))
          expect(page.items.map((user) => user.email)).toContain(email);
        await readsHisOwnWrites(5);
        await replica.resumeReplay();
        expect([...ledger.refusals.keys()]).toEqual([]);
      },
    );
    expect(faults).toEqual([]);
    await untilUsed();
  });

  test('dies under load: no request fails, and it is used again when it is back', async () => {
    await untilUsed();
    const faults = await underLoad(
      stage,
      { what: 'postgres, replica dies', label: 'gone', readers: onlookers },
      async (ledger) => {
        await untilUsed();
        await replica.kill();
        await listByAll(onlookers);
        await untilReason(stage.admins, /replica|connection|answer/i);
        await readsHisOwnWrites(3);
        await replica.start();
        await untilReady(stage.admins);
        expect([...ledger.refusals.keys()]).toEqual([]);
      },
    );
    expect(faults).toEqual([]);
    await untilUsed();
  });

  test('is the standby of another server: nobody reads from it', async () => {
    await untilUsed();
    const directory = join(stage.directory, 'other');
    // It lets our user in.
    mkdirSync(directory);
    writeFileSync(join(directory, 'password'), stage.server.password);
    await using other = await startServer('postgres', directory);
    await using stranger = await startStandby(other, join(stage.directory, 'stranger'), { name: 'stranger' });
    proxy.pointTo(stranger.port);
    await untilReason(stage.admins, /standby of another server/);
    await readsHisOwnWrites(3);
    proxy.pointTo(replica.port);
    await untilUsed();
  });

  test('goes silent under load: no request fails', async () => {
    await untilUsed();
    const faults = await underLoad(
      stage,
      { what: 'postgres, replica silent', label: 'hung', readers: onlookers },
      async (ledger) => {
        await untilUsed();
        proxy.hang();
        await listByAll(onlookers);
        await untilReason(stage.admins, /replica|connection|answer|behind/i);
        await proxy.heal();
        await untilReady(stage.admins);
        expect([...ledger.refusals.keys()]).toEqual([]);
      },
    );
    expect(faults).toEqual([]);
    await untilUsed();
  });
});
