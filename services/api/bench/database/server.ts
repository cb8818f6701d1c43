/*
 * A server under test as a process of its own: `ours` = the API, `bare` = the API on the bare driver, `lean` = Express
 * on the bare driver, `naive` = Express on knex. It reads the environment of the API, and tells its parent over IPC where it listens and what it cost.
 */
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { readConfig } from '../../src/config.ts';
import { type Context, createContext } from '../../src/context.ts';
import { startServer } from '../../src/server.ts';
import { bareContext } from './bare/context.ts';
import { openDriver } from './bare/driver.ts';
import { createStatements } from './bare/statements.ts';
import type { Answer, Question } from './contender.ts';
import { leanApp } from './lean.ts';
import { naiveApp } from './naive.ts';
import { unhashedContext } from './unhashed.ts';

const REDIS_POLL_MS = 20;

const [kind] = process.argv.slice(2);
const config = readConfig();
const ctx = unhashedContext(createContext(config));

let statements: string[] = [];
const record = (sql: string) => void statements.push(sql);
const recording = process.env.RECORD_STATEMENTS !== undefined;
if (recording) ctx.db.knex.on('query', ({ sql }: { sql: string }) => record(sql));

process.on('message', (question: Question) => {
  if (question === 'cost') answer({ ...process.cpuUsage() });
  else {
    answer({ statements });
    statements = [];
  }
});
// The benchmark has ended, however it did.
process.on('disconnect', () => process.exit());
answer(await listen());

async function listen(): Promise<{ http: string; metrics?: string }> {
  if (kind === 'naive') return listenPlain(naiveApp(config, ctx.db.knex));
  const statements = createStatements(config.database.type);
  if (kind === 'lean') return listenPlain(leanApp(config, openDriver(config.database), statements));
  const driver = () => openDriver(config.database, recording ? record : undefined);
  const { listen: where } = await startServer(kind === 'bare' ? bareContext(ctx, driver(), statements) : ctx);
  if (config.REDIS_URL) await redisAnswers(ctx);
  return where;
}

async function listenPlain(app: RequestListener): Promise<{ http: string }> {
  const server = createServer(app).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { http: `127.0.0.1:${(server.address() as AddressInfo).port}` };
}

async function redisAnswers({ health }: Context): Promise<void> {
  while (!(await health.readiness()).checks.redis?.ok) await sleep(REDIS_POLL_MS);
}

function answer(message: Answer): void {
  process.send!(message);
}
