import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DatabaseServer, type ServerType, startDatabaseServer } from '../../scripts/databases/server.ts';
import { patient } from '../../scripts/processes/patience.ts';
import { type Stack, startStack } from '../../scripts/processes/stack.ts';
import { type Client, signInAdmin } from './client.ts';
import { openStore, type Store } from './stored-state.ts';
import { startTcpProxy, type TcpProxy } from './tcp-proxy.ts';

export type SqlType = Exclude<ServerType, 'redis'>;

/** Two API processes on one database. */
export interface Stage extends AsyncDisposable {
  stack: Stack;
  /** The administrator, at each API process. */
  admins: Client[];
  /** The database itself, past every proxy. */
  store: Store;
  /** Removed at the end. */
  directory: string;
}

/** The API processes know the address of the proxy only. */
export interface ServerStage extends Stage {
  server: DatabaseServer;
  proxy: TcpProxy;
}

interface ServerStageOptions {
  type: SqlType;
  /** Starts the server in the stage's folder; an ordinary one when left out. What it needs besides goes onto `undo`. */
  start?: (directory: string, undo: AsyncDisposableStack) => Promise<DatabaseServer>;
  env?: (directory: string) => Record<string, string>;
}

/** A server is made, migrated, and two API processes are started: a busy machine may take long over it. */
export const RAISE_MS = patient(150_000);

/** Short limits, so that a test sees what production waits longer for. */
export const LIMITS = {
  DB_POOL_SIZE: '6',
  DB_ACQUIRE_TIMEOUT_MS: '1000',
  DB_STATEMENT_TIMEOUT_MS: '2000',
  RATE_LIMIT_PER_MINUTE: '0',
};

export async function raiseServerStage({ type, start, env }: ServerStageOptions): Promise<ServerStage> {
  await using undo = new AsyncDisposableStack();
  const directory = temporaryFolder(undo);
  start ??= () => startServer(type, join(directory, type));
  const server = undo.use(await start(directory, undo));
  const proxy = undo.use(await startTcpProxy(server.port));
  const url = atPort(server.url(), proxy.port);
  const stack = undo.use(
    await startApis({ DB_TYPE: type, DB_NAME: '', DATABASE_URL: url, ...env?.(directory) }),
  );
  return await stageOf({ stack, directory, server, proxy }, server.url(), undo);
}

/** The same without a server: on a SQLite file in the folder that `prepare` answers. */
export async function raiseSqliteStage(
  prepare: (directory: string, undo: AsyncDisposableStack) => Promise<string> = async (directory) =>
    directory,
): Promise<Stage> {
  await using undo = new AsyncDisposableStack();
  const directory = temporaryFolder(undo);
  const file = join(await prepare(directory, undo), 'tripod.sqlite');
  const stack = undo.use(await startApis({ DB_TYPE: 'sqlite', DB_NAME: file }));
  return await stageOf({ stack, directory }, `sqlite:${file}`, undo);
}

function startApis(env: Record<string, string>): Promise<Stack> {
  return startStack({ apis: 2, fastpaths: 0, webui: 0, env: { api: { ...LIMITS, ...env } } });
}

/** What begins a stage becomes one; from here on the stage takes everything down. */
async function stageOf<T extends { stack: Stack; directory: string }>(
  parts: T,
  url: string,
  undo: AsyncDisposableStack,
): Promise<T & Stage> {
  const admin = await signInAdmin(parts.stack);
  const admins = parts.stack.apis.map((process) => admin.at(`http://${process.listen.http}`));
  const store = openStore(url);
  undo.defer(() => store.close());
  const all = undo.move();
  return { ...parts, admins, store, [Symbol.asyncDispose]: () => all.disposeAsync() };
}

export function atPort(url: string, port: number): string {
  const moved = new URL(url);
  moved.port = String(port);
  return moved.href;
}

/** For tests of withServers(). Nothing waits for the disk: the tests kill servers, and do not cut the power. */
export function startServer(type: SqlType, directory: string, more: string[] = []): Promise<DatabaseServer> {
  return startDatabaseServer({ type, directory, durable: false, arguments: more });
}

/** PostgreSQL runs as a user who must be able to reach what is in it. */
export function temporaryFolder(undo: AsyncDisposableStack): string {
  const directory = mkdtempSync(join(tmpdir(), 'tripod-fault-'));
  undo.defer(() => rmSync(directory, { recursive: true, force: true }));
  chmodSync(directory, 0o755);
  return directory;
}

/** False after stop(), kill(), and when the server has ended by itself. */
export function isRunning(server: DatabaseServer): boolean {
  try {
    return server.pid > 0;
  } catch {
    return false;
  }
}

/** Starts the server whenever it has ended, now or later, until this is disposed of. */
export function supervise(server: DatabaseServer): AsyncDisposable {
  const dismissal = Promise.withResolvers<'dismissed'>();
  const nextEnd = () => Promise.race([dismissal.promise, server.ended]);
  const watch = async () => {
    while ((await nextEnd()) !== 'dismissed') await server.start();
  };
  const watching = watch();
  // Told when it is disposed of.
  watching.catch(() => {});
  return {
    async [Symbol.asyncDispose]() {
      dismissal.resolve('dismissed');
      await watching;
    },
  };
}

/** Starts the server where it does not run, as a supervisor does, and lets the proxy through. */
export async function restore({ server, proxy }: ServerStage): Promise<void> {
  await proxy.heal();
  if (!isRunning(server)) await server.start();
}
