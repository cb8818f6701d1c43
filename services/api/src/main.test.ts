import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { run, type TestProcess } from './testing/process.ts';
import { testEnv } from './testing/test-app.ts';

let folder: string;
let env: Record<string, string>;
let running: TestProcess[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tripod-main-'));
  running = [];
  env = testEnv({
    APP_ENV: 'development',
    LOG_LEVEL: 'info',
    DB_TYPE: 'sqlite',
    DB_NAME: join(folder, 'deep/er/api.sqlite'),
    ADMIN_EMAIL: 'admin@example.com',
    ADMIN_PASSWORD: 'admin',
  });
});
afterEach(async () => {
  for (const { child, exit } of running) {
    child.kill('SIGKILL');
    await exit;
  }
  rmSync(folder, { recursive: true, force: true });
});

function start(file: string, changes: Record<string, string> = {}, args: string[] = []): TestProcess {
  const process = run(file, { ...env, ...changes }, args);
  running.push(process);
  return process;
}

async function origin(server: TestProcess, listener: 'http' | 'metrics' = 'http'): Promise<string> {
  const { listen } = await server.said('ready');
  return `http://${(listen as Record<string, string>)[listener]}`;
}

async function login(at: string): Promise<{ status: number; token: string }> {
  const response = await fetch(`${at}/api/v1/auth/login`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: '{"email":"admin@example.com","password":"admin"}',
  });
  return {
    status: response.status,
    token: ((await response.json()) as { access_token: string }).access_token,
  };
}

describe('the API process', () => {
  it('migrates, starts, serves the documented login, and stops in order', async () => {
    expect(await start('migrate.ts').exit).toBe(0);
    const server = start('main.ts');
    const at = await origin(server);
    const { token } = await login(at);
    const users = await fetch(`${at}/api/v1/users`, { headers: { Authorization: `Bearer ${token}` } });
    expect(users.status).toBe(200);
    expect(await (await fetch(`${at}/healthz`)).json()).toEqual({ status: 'ok' });
    expect((await fetch(`${at}/readyz`)).status).toBe(200);
    const metrics = await (await fetch(`${await origin(server, 'metrics')}/metrics`)).text();
    expect(metrics).toContain(
      'http_request_duration_seconds_count{method="GET",route="/api/v1/users",status="200"} 1',
    );
    expect(metrics).toMatch(/db_pool_connections\{state="free"\} 1/);

    server.child.kill('SIGTERM');
    expect(await server.exit).toBe(0);
    const logged = JSON.stringify(server.lines);
    expect(logged).not.toContain(token);
    expect(server.lines.every(({ level, service }) => typeof level === 'string' && service === 'api')).toBe(
      true,
    );
  });

  it('two at once create one administrator, and writes of both are kept', async () => {
    await start('migrate.ts').exit;
    const servers = [start('main.ts'), start('main.ts')];
    const origins = await Promise.all(servers.map((server) => origin(server)));
    const { token } = await login(origins[0]!);
    const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' };
    const create = (n: number) =>
      fetch(`${origins[n % 2]}/api/v1/users`, {
        method: 'POST',
        headers,
        body: JSON.stringify({
          email: `u${n}@example.com`,
          full_name: 'U',
          role: 'viewer',
          password: 'a rather good one',
        }),
      });
    const created = await Promise.all(Array.from({ length: 12 }, (_, n) => create(n)));
    expect(created.map(({ status }) => status)).toEqual(Array(12).fill(201));
    const list = (await (await fetch(`${origins[1]}/api/v1/users?per_page=50`, { headers })).json()) as {
      pagination: { total: number };
    };
    expect(list.pagination.total).toBe(13);

    // What one process ends, the other refuses.
    await fetch(`${origins[0]}/api/v1/auth/logout`, { method: 'POST', headers });
    expect((await fetch(`${origins[1]}/api/v1/auth/me`, { headers })).status).toBe(401);
  });

  it('keeps what it acknowledged through SIGKILL', async () => {
    await start('migrate.ts').exit;
    const first = start('main.ts');
    const { token } = await login(await origin(first));
    first.child.kill('SIGKILL');
    await first.exit;
    const at = await origin(start('main.ts'));
    expect(
      (await fetch(`${at}/api/v1/auth/me`, { headers: { Authorization: `Bearer ${token}` } })).status,
    ).toBe(200);
  });

  it('is not ready on a schema that is behind, and becomes so with the migration', async () => {
    const at = await origin(start('main.ts'));
    const readiness = await fetch(`${at}/readyz`);
    expect(readiness.status).toBe(503);
    expect(await readiness.json()).toMatchObject({
      checks: { database: { ok: false, reason: expect.stringContaining('0001-') } },
    });
    expect((await fetch(`${at}/healthz`)).status).toBe(200);
    expect(await start('migrate.ts').exit).toBe(0);
    expect((await fetch(`${at}/readyz`)).status).toBe(200);
    await expect.poll(async () => (await login(at)).status).toBe(200);
  });

  it('fails readiness first and ends at once on a second signal', async () => {
    await start('migrate.ts').exit;
    const server = start('main.ts', { SHUTDOWN_DELAY_MS: '60000' });
    const at = await origin(server);
    server.child.kill('SIGTERM');
    await server.said('stopping');
    const readiness = await fetch(`${at}/readyz`);
    expect(readiness.status).toBe(503);
    expect(await readiness.json()).toMatchObject({ checks: { running: { reason: 'shutting down' } } });
    expect(readiness.headers.get('connection'), 'who keeps connections goes elsewhere').toBe('close');
    server.child.kill('SIGTERM');
    await server.exit;
    expect(server.child.signalCode).toBe('SIGTERM');
  });

  // The kernel ignores a signal that the first process of a container does not handle.
  it.each(['main.ts', 'migrate.ts'])('%s handles a signal while it waits for the database', async (file) => {
    const nobody = {
      DB_TYPE: 'postgres',
      DB_HOST: '127.0.0.1',
      DB_PORT: '1',
      DB_NAME: 'tripod',
      DB_MAX_RETRIES: '1000',
    };
    const waiting = start(file, nobody);
    await waiting.said('the database does not answer yet');
    waiting.child.kill('SIGTERM');
    expect(await waiting.exit).toBe(143);
  });

  it('says in one line why it cannot start', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    const file = join(folder, 'a-file');
    writeFileSync(file, '');
    const cases: [Record<string, string>, RegExp][] = [
      [{ PORT: String(port) }, new RegExp(`PORT: cannot listen on 127.0.0.1:${port}`)],
      [{ DB_NAME: join(file, 'x.sqlite') }, /database at file .*a-file.*DB_NAME/],
      [{ JWT_KEYS: '' }, /JWT_KEYS: is required/],
      [
        { APP_ENV: 'production', JWT_KEYS: 'k:development-only-0123456789abcdefghij' },
        /JWT_KEYS.*ADMIN_PASSWORD/,
      ],
    ];
    try {
      for (const [changes, reason] of cases) {
        const server = start('main.ts', changes);
        expect(await server.exit).toBe(1);
        const fatal = server.lines.filter(({ level }) => level === 'fatal');
        expect(fatal).toHaveLength(1);
        expect(fatal[0]?.msg).toMatch(reason);
        expect(fatal[0]).not.toHaveProperty('err');
      }
    } finally {
      taken.close();
    }
  });
});
