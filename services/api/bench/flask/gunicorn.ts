import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { readConfig } from '../../src/config.ts';
import type { ServerUnderTest } from '../database/contender.ts';
import { childrenOf, pinned } from '../database/cpus.ts';

/** As many as the API has connections to the database. */
const THREADS = 10;
const START_MS = 10_000;
const POLL_MS = 50;
const US_PER_TICK = 10_000; // USER_HZ = 100

/** Why Flask cannot be measured here, and how to change that; undefined when it can. */
export function missingFlask(): string | undefined {
  const modules = spawnSync('/usr/bin/python3', ['-c', 'import flask, jwt, psycopg2']);
  const gunicorn = spawnSync('/usr/bin/gunicorn', ['--version']);
  if (modules.status === 0 && gunicorn.status === 0) return undefined;
  return 'apt-get install python3-flask gunicorn python3-psycopg2 python3-jwt, and the seed is measured too';
}

/** seed.py in one worker of gunicorn with threads, on the CPU of the server under test. */
export async function openFlask(name: string, env: Record<string, string>): Promise<ServerUnderTest> {
  const port = await freePort();
  const options = ['--workers', '1', '--worker-class', 'gthread', '--threads', `${THREADS}`];
  const where = ['--keep-alive', '65', '--bind', `127.0.0.1:${port}`, '--chdir', import.meta.dirname];
  const [command, ...args] = pinned(['/usr/bin/gunicorn', ...options, ...where, 'seed:app']);
  const seed = {
    PATH: env.PATH!,
    PYTHONDONTWRITEBYTECODE: '1',
    SEED_THREADS: `${THREADS}`,
    SEED_DATABASE_URL: env.DATABASE_URL!,
    SEED_JWT_SECRET: readConfig(env).JWT_KEYS[0]!.secret,
  };
  const child = spawn(command!, args, { env: seed, stdio: 'ignore' });
  const http = `127.0.0.1:${port}`;
  await answers(child, http);
  return {
    name,
    http,
    cost: async () => [child.pid!, ...childrenOf(child.pid!)].reduce((sum, pid) => sum + cpuUs(pid), 0),
    async stop() {
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

async function answers(child: ChildProcess, http: string): Promise<void> {
  const deadline = performance.now() + START_MS;
  while (performance.now() < deadline && child.exitCode === null) {
    const reply = await fetch(`http://${http}/api/v1/users`).catch(() => undefined);
    if (reply?.status === 401) return;
    await sleep(POLL_MS);
  }
  child.kill('SIGTERM');
  throw new Error('gunicorn did not start');
}

/** User and system time of all threads of a process. */
function cpuUs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * US_PER_TICK;
}
