// The real supervisor with the real services, on ports and in a folder of its own.
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, utimesSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { freePort } from './databases/free-port.ts';
import { need } from './databases/testing/need.ts';
import { type DevRun, isAlive, ownEnvironment, runDev } from './dev/testing/dev-run.ts';
import { patient } from './processes/patience.ts';
import { waitUntil } from './processes/wait-until.ts';
import { inRepository } from './repository.ts';
import { logIn } from './seed/rest-client.ts';

const READY = 'Tripod is ready';
const SERVICES = [
  'services/api/src/main.ts',
  'services/fastpath/src/main.ts',
  'services/webui/server/main.ts',
];

let directory: string;
let env: Record<string, string>;
const runs: DevRun[] = [];

function start(change: Record<string, string> = {}, command?: string[]): DevRun {
  const run = runDev({ ...env, ...change }, command);
  runs.push(run);
  return run;
}

/** The development admin, through the proxy. */
function admin() {
  return logIn(`http://127.0.0.1:${env.WEBUI_PORT}`, 'admin@example.com', 'admin');
}

async function allGone(pids: Iterable<number>): Promise<void> {
  const all = [...pids];
  await waitUntil(`${all} to be gone`, () => !all.some(isAlive), { deadlineMs: patient(30_000) });
}

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'tripod-dev-'));
  env = await ownEnvironment(directory);
});

afterEach(async () => {
  for (const run of runs.splice(0)) {
    run.child.kill('SIGTERM');
    await run.exited;
  }
  rmSync(directory, { recursive: true, force: true });
});

describe('a running supervisor', () => {
  test('serves, seeds a new database once, restarts what changes or dies, refuses a second one, stops all', async () => {
    const first = start();
    await first.waitForLine(READY);
    expect(first.output.join('\n')).toMatch(/mock data: users: 4 added; rules: 5 added/);
    expect(first.output.join('\n')).toMatch(/Fast path\s+udp \(.+\)/);
    const rule = await (await admin()).post<{ id: string }>('/rules', {
      name: 'kept',
      action: 'drop',
      protocol: 'tcp',
    });

    const second = start();
    expect(await second.exited).toMatchObject({ code: 1 });
    expect(second.output).toEqual([expect.stringMatching(/^Tripod runs here already \(pid \d+, http:/)]);

    process.kill(first.descendants().get('services/fastpath/src/main.ts')!, 'SIGKILL');
    await first.waitForLine('fastpath ended (SIGKILL); starting it again in 0.5 s');
    await first.waitForLine('fastpath runs again');
    for (const [name, file] of [
      ['api', 'services/api/src/main.ts'],
      ['webui', 'services/webui/server/main.ts'],
    ] as const) {
      utimesSync(inRepository(file), new Date(), new Date());
      await first.waitForLine(`${file} changed: restarting ${name}`);
      await first.waitForLine(`${name} runs again`);
    }

    const pids = first.descendants();
    expect([...pids.keys()].sort()).toEqual(SERVICES);
    first.child.kill('SIGTERM');
    expect(await first.exited).toEqual({ code: 0, signal: null });
    await allGone(pids.values());

    const again = start();
    await again.waitForLine(READY);
    expect(again.output.join('\n')).not.toContain('mock data');
    expect(await (await admin()).get(`/rules/${rule.id}`)).toEqual(rule);
  });

  test('that is killed leaves nothing behind', async () => {
    const run = start();
    await run.waitForLine(READY);
    const pids = run.descendants();
    expect(pids.size).toBe(SERVICES.length);
    run.child.kill('SIGKILL');
    await run.exited;
    await allGone(pids.values());
  });

  test('ends on Ctrl-C, which reaches make and the supervisor alike', async () => {
    // setsid: a process group of its own, as a terminal gives it to what runs in front.
    const run = start({}, ['setsid', 'make', 'dev']);
    await run.waitForLine(READY);
    const pids = run.descendants();
    process.kill(-run.child.pid!, 'SIGINT');
    await run.exited;
    await allGone(pids.values());
    expect(run.output.filter((line) => line.includes('stopping ('))).toEqual([
      expect.stringContaining('(SIGINT)'),
    ]);
  });

  test('ends when make gets the signal alone', async () => {
    const run = start({}, ['make', 'dev']);
    await run.waitForLine(READY);
    const pids = run.descendants();
    run.child.kill('SIGTERM');
    await run.exited;
    await allGone(pids.values());
    expect(run.output.join('\n')).toContain('stopping (SIGTERM)');
  });
});

describe.each(['postgres', 'mysql', 'mariadb'] as const)('DB_TYPE=%s without a server', (type) => {
  test('gets one of its own, whose data outlives it, and which is started again when it dies', async (context) => {
    await need(type, context);
    const own = { DB_TYPE: type, DB_PORT: String(await freePort()) };
    const first = start(own);
    await first.waitForLine(READY);
    expect(await first.waitForLine('Database  ')).toMatch(
      new RegExp(`on 127.0.0.1:${own.DB_PORT}, user tripod`),
    );
    const rule = await (await admin()).post<{ id: string }>('/rules', {
      name: 'kept',
      action: 'drop',
      protocol: 'tcp',
    });
    process.kill(Number(readFileSync(join(directory, type, 'pid'), 'utf8')), 'SIGKILL');
    await first.waitForLine(`the ${type} server ended; starting it again`);
    const kept = () => admin().then((api) => api.get(`/rules/${rule.id}`));
    expect(await waitUntil('the API to answer again', kept)).toEqual(rule);
    first.child.kill('SIGTERM');
    expect(await first.exited).toEqual({ code: 0, signal: null });
    await allGone([Number(readFileSync(join(directory, type, 'pid'), 'utf8'))]);

    const again = start(own);
    await again.waitForLine(READY);
    expect(again.output.join('\n')).not.toContain('mock data');
    expect(await kept()).toEqual(rule);
  });
});

describe('one line with the remedy, and nothing started', () => {
  test('for a taken port: its number, who has it, the variable to set', async () => {
    const server = createServer().listen(Number(env.API_PORT), '127.0.0.1');
    await once(server, 'listening');
    const run = start();
    expect(await run.exited).toMatchObject({ code: 1 });
    expect(run.output).toHaveLength(1);
    expect(run.output[0]).toMatch(
      new RegExp(
        `^Port ${env.API_PORT} is in use by .+ \\(pid ${process.pid}\\)\\. Stop it, .+: API_PORT=\\d+ make dev$`,
      ),
    );
    await once(server.close(), 'close');
  });

  test.each([
    ['an unknown database', { DB_TYPE: 'oracle' }, /DB_TYPE.+oracle.+sqlite/],
    ['a port that is none', { DATA_PORT: 'x' }, /^DATA_PORT=x is not a port/],
    [
      'a database server that does not answer',
      { DB_TYPE: 'postgres', DB_HOST: '127.0.0.1', DB_PORT: '1' },
      /^PostgreSQL at 127\.0\.0\.1:1 cannot be reached \(ECONNREFUSED\)\. Start it, or set DB_HOST/,
    ],
    // Root may write everywhere, but not below a file.
    [
      'a folder that cannot be written',
      { DEV_DIR: 'Makefile/data' },
      /\/Makefile\/data is not writable \(ENOTDIR\)/,
    ],
  ])('for %s', async (_, change, message) => {
    const run = start(change);
    expect(await run.exited).toMatchObject({ code: 1 });
    expect(run.output).toEqual([expect.stringMatching(message)]);
  });

  test('for a service that refuses its configuration: no restart loop', async () => {
    const run = start({ FASTPATH_MODE: 'warp' });
    expect(await run.exited).toMatchObject({ code: 1 });
    const fatal = run.output.filter((line) => line.includes('fatal'));
    expect(fatal).toEqual([expect.stringContaining('FASTPATH_MODE')]);
    expect(run.output.at(-1)).toContain('Tripod did not start: fastpath ended (exit code 1)');
  });
});
