import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DatabaseServer, startDatabaseServer } from '../../scripts/databases/server.ts';
import type { ServiceProcess } from '../../scripts/processes/service-process.ts';
import { type Stack, startStack } from '../../scripts/processes/stack.ts';
import { waitUntil } from '../../scripts/processes/wait-until.ts';
import { metric, readMetrics } from './metrics.ts';
import { startTcpProxy, type TcpProxy } from './tcp-proxy.ts';

/** Two API processes on one database, and a Redis of their own behind a proxy. For tests of withServers(['redis']). */
export interface RedisStage extends AsyncDisposable {
  stack: Stack;
  redis: DatabaseServer;
  proxy: TcpProxy;
}

export async function raiseRedisStage(env: Record<string, string> = {}): Promise<RedisStage> {
  await using undo = new AsyncDisposableStack();
  const directory = mkdtempSync(join(tmpdir(), 'tripod-redis-'));
  undo.defer(() => rmSync(directory, { recursive: true, force: true }));
  const redis = undo.use(await startDatabaseServer({ type: 'redis', directory }));
  const proxy = undo.use(await startTcpProxy(redis.port));
  const api = { REDIS_URL: redis.url().replace(`:${redis.port}`, `:${proxy.port}`), ...env };
  const stack = undo.use(await startStack({ apis: 2, fastpaths: 0, webui: 0, env: { api } }));
  await redisIs('up', stack);
  const all = undo.move();
  return { stack, redis, proxy, [Symbol.asyncDispose]: () => all.disposeAsync() };
}

/** Waits until every API reports this state of its link to Redis. */
export async function redisIs(state: 'up' | 'resting' | 'away', stack: Stack): Promise<void> {
  for (const api of stack.apis) {
    await waitUntil(`the link of an API to Redis to be ${state}`, async () => {
      await readiness(api); // asks Redis, as nobody else may do at the moment
      return metric(await readMetrics(`http://${api.listen.metrics}`), 'redis_state', { state }) === 1;
    });
  }
}

interface Readiness {
  status: string;
  checks: Record<string, { ok: boolean; reason?: string }>;
}

export async function readiness(api: ServiceProcess): Promise<Readiness & { http: number }> {
  const reply = await fetch(`http://${api.listen.http}/readyz`);
  return { ...((await reply.json()) as Readiness), http: reply.status };
}
