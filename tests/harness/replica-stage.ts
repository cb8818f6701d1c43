import { join } from 'node:path';
import { type DatabaseServer, startDatabaseServer } from '../../scripts/databases/server.ts';
import { type Stack, startStack } from '../../scripts/processes/stack.ts';
import { waitUntil } from '../../scripts/processes/wait-until.ts';
import { type Client, signInAdmin } from './client.ts';
import { startServer, temporaryFolder } from './fault-stage.ts';
import { redisIs } from './redis-stage.ts';
import { type RoundRobinProxy, spread, startRoundRobinProxy } from './round-robin-proxy.ts';
import { openStore, type Store } from './stored-state.ts';

export const REPLICAS = 3;

/** Three API processes on one PostgreSQL, behind a proxy. */
export interface ReplicaStage extends AsyncDisposable {
  stack: Stack;
  server: DatabaseServer;
  store: Store;
  proxy: RoundRobinProxy;
  /** The administrator, at each API process. */
  admins: Client[];
  /** The administrator behind the proxy: each request goes to the next API process. */
  admin: Client;
  /** Taken down with the stage, the last one first. */
  undo: AsyncDisposableStack;
}

interface ReplicaOptions {
  fastpaths?: number;
  redis?: boolean;
  /** Of the API processes. */
  env?: Record<string, string>;
}

export async function raiseReplicas(options: ReplicaOptions = {}): Promise<ReplicaStage> {
  await using undo = new AsyncDisposableStack();
  const directory = temporaryFolder(undo);
  const server = undo.use(await startServer('postgres', join(directory, 'postgres')));
  const api: Record<string, string> = { ...databaseOf(server), ...options.env };
  if (options.redis) {
    const redis = await startDatabaseServer({ type: 'redis', directory: join(directory, 'redis') });
    api.REDIS_URL = undo.use(redis).url();
  }
  const { fastpaths = 0 } = options;
  const stack = undo.use(await startStack({ apis: REPLICAS, fastpaths, webui: 0, env: { api } }));
  if (options.redis) await redisIs('up', stack);
  const store = openStore(server.url());
  undo.defer(() => store.close());
  const proxy = undo.use(await startReadyProxy(stack.apis.map(({ listen }) => listen.http)));
  const someone = await signInAdmin(stack);
  const admins = stack.apis.map(({ listen }) => someone.at(`http://${listen.http}`));
  const all = undo.move();
  const parts = { stack, server, store, proxy, admins, admin: spread(someone, proxy), undo: all };
  return { ...parts, [Symbol.asyncDispose]: () => all.disposeAsync() };
}

/** What makes an API process use this PostgreSQL. */
export function databaseOf(server: DatabaseServer, name?: string): Record<string, string> {
  return { DB_TYPE: 'postgres', DB_NAME: '', DATABASE_URL: server.url(name) };
}

/** A proxy whose backends are all ready. */
export async function startReadyProxy(addresses: string[]): Promise<RoundRobinProxy> {
  const proxy = await startRoundRobinProxy(addresses);
  for (const address of addresses) await waitUntil(`${address} is ready`, () => proxy.isReady(address));
  return proxy;
}

/** How many connections each backend took while `work` ran, in the order of the backends. */
export async function shares(proxy: RoundRobinProxy, work: () => Promise<unknown>): Promise<number[]> {
  const before = new Map(proxy.taken);
  await work();
  return [...proxy.taken].map(([address, count]) => count - (before.get(address) ?? 0));
}
