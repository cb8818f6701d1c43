import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { DatabaseServer } from '../../scripts/databases/server.ts';
import { type NodeProcess, spawnNode } from '../../scripts/processes/child-process.ts';
import { type LogRecord, parseLogLine } from '../../scripts/processes/log-record.ts';
import { type ServiceProcess, startService } from '../../scripts/processes/service-process.ts';
import { type Stack, startStack } from '../../scripts/processes/stack.ts';
import { waitUntil } from '../../scripts/processes/wait-until.ts';
import { signIn } from '../harness/client.ts';
import { RAISE_MS, startServer, temporaryFolder } from '../harness/fault-stage.ts';
import { databaseOf, REPLICAS } from '../harness/replica-stage.ts';
import { openStore, type Store } from '../harness/stored-state.ts';
import { withServers } from '../harness/with-servers.ts';

/** The advisory lock of services/api/src/db/migration-lock.ts. */
const MIGRATION_LOCK = 7424771;

describe('three API processes and two migrators start at once on an empty PostgreSQL', () => {
  const undo = new AsyncDisposableStack();
  let server: DatabaseServer;
  let stack: Stack;
  let store: Store;
  const raise = async () => {
    server = undo.use(await startServer('postgres', join(temporaryFolder(undo), 'postgres')));
    // For its secrets and settings: what it migrates is its own file.
    stack = undo.use(await startStack({ apis: 0, fastpaths: 0, webui: 0 }));
    Object.assign(stack.env.api, databaseOf(server));
    store = openStore(server.url());
    undo.defer(() => store.close());
  };
  withServers(['postgres'], raise, RAISE_MS);
  afterAll(() => undo.disposeAsync());

  let apis: ServiceProcess[];

  test('the servers are not ready, and say that the schema is behind', async () => {
    apis = await Promise.all(Array.from({ length: REPLICAS }, () => startService('api', stack.env.api)));
    for (const api of apis) undo.use(api);
    for (const { listen } of apis) {
      const reply = await fetch(`http://${listen.http}/readyz`);
      expect(reply.status).toBe(503);
      expect(await reply.text()).toMatch(/the schema is behind/);
    }
  });

  interface Migrator extends NodeProcess {
    records: LogRecord[];
  }

  function startMigrator(): Migrator {
    const records: LogRecord[] = [];
    const env = { PATH: process.env.PATH, ...stack.env.api };
    const started = spawnNode('services/api/src/migrate.ts', env, (line) => records.push(parseLogLine(line)));
    return Object.assign(started, { records });
  }

  const said = ({ records }: Migrator, message: RegExp) => records.filter(({ msg }) => message.test(msg));

  test('two migrators: one works while the other waits, and each migration runs once', async () => {
    const migrators = await store.knex.transaction(async (trx) => {
      await trx.raw('select pg_advisory_xact_lock(?)', [MIGRATION_LOCK]);
      const both = [startMigrator(), startMigrator()];
      await waitUntil('both wait', () => both.every((each) => said(each, /another migrator/).length > 0));
      return both;
    });
    for (const migrator of migrators) expect(await migrator.exited).toEqual({ code: 0, signal: null });
    const names: string[] = await store.knex('schema_migrations').pluck('name');
    expect(names.length).toBeGreaterThan(3);
    const steps = migrators.map((each) => said(each, /^migrating$/).length);
    expect(steps.toSorted((a, b) => a - b)).toEqual([0, names.length]);
    for (const migrator of migrators) expect(said(migrator, /the schema is current/)).toHaveLength(1);
  });

  test('the servers become ready by themselves, and one administrator has been made', async () => {
    for (const { listen } of apis)
      await waitUntil('ready', async () => (await fetch(`http://${listen.http}/readyz`)).status === 200);
    await waitUntil('the administrator', async () => (await store.knex('users')).length > 0);
    const { email, password } = stack.admin;
    for (const { listen } of apis) await signIn(`http://${listen.http}`, email, password);
    await onlyOneAdministrator(store);
  });

  test('three that meet in the same moment make one administrator', async () => {
    for (const api of apis) await api.stop();
    await store.knex('users').delete();
    await store.knex('audit_logs').delete();
    const starting = await store.knex.transaction(async (trx) => {
      // Who reads may go on: all find that there is nobody. Who inserts waits for the others to have come so far.
      await trx.raw('lock table users in exclusive mode');
      const all = apis.map((api) => api.restart());
      await waitUntil('all three are about to insert him', async () => {
        const { rows } = await trx.raw(
          "select count(*) as waiting from pg_locks where relation = 'users'::regclass and not granted",
        );
        return Number(rows[0].waiting) === REPLICAS;
      });
      return all;
    });
    await Promise.all(starting);
    await onlyOneAdministrator(store);
    const { email, password } = stack.admin;
    for (const { listen } of apis) await signIn(`http://${listen.http}`, email, password);
  });
});

async function onlyOneAdministrator({ knex }: Store): Promise<void> {
  expect(await knex('users').pluck('role')).toEqual(['admin']);
  const entries = await knex('audit_logs').where({ action: 'user.created' });
  expect(entries, 'and one entry says so').toHaveLength(1);
}
