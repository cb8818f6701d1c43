import { once } from 'node:events';
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ENTRY_POINTS, type ServiceName, spawnNode } from '../../scripts/processes/child-process.ts';
import { migrate } from '../../scripts/processes/migrate.ts';
import { startService } from '../../scripts/processes/service-process.ts';
import { envSchema as apiSchema } from '../../services/api/src/config.ts';
import { envSchema as fastpathSchema } from '../../services/fastpath/src/config.ts';
import { envSchema as webuiSchema } from '../../services/webui/server/config.ts';
import { startToFail } from '../harness/failed-start.ts';

const SERVICES = ['api', 'fastpath', 'webui'] as const;
const SCHEMAS = { api: apiSchema, fastpath: fastpathSchema, webui: webuiSchema };
const SECRET = 'k'.repeat(40);

let directory: string;
let base: Record<ServiceName, Record<string, string>>;
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'tripod-config-'));
  const common = { APP_ENV: 'test', HOST: '127.0.0.1', SHUTDOWN_DELAY_MS: '0' };
  base = {
    api: {
      ...common,
      PORT: '0',
      METRICS_PORT: '0',
      DB_TYPE: 'sqlite',
      DB_NAME: join(directory, 'db.sqlite'),
      JWT_KEYS: `a:${SECRET}`,
      FASTPATH_SECRET: SECRET,
    },
    fastpath: {
      ...common,
      HTTP_PORT: '0',
      GRPC_PORT: '0',
      DATA_PORT: '0',
      FASTPATH_MODE: 'udp',
      FASTPATH_SECRET: SECRET,
    },
    webui: { ...common, PORT: '0', METRICS_PORT: '0' },
  };
  await migrate({ ...process.env, ...base.api });
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** Ends with code 1 and exactly one fatal line that names all of this, without a stack trace. */
async function refuses(
  name: ServiceName,
  env: Record<string, string>,
  ...named: (string | RegExp)[]
): Promise<string> {
  const { exit, records, fatal } = await startToFail(name, env);
  const said = records.map((record) => record.line).join('\n');
  expect(exit, said).toEqual({ code: 1, signal: null });
  expect(
    records.filter((record) => record.level === 'fatal'),
    said,
  ).toHaveLength(1);
  for (const text of named) expect(fatal!.line).toMatch(text);
  expect(records.some((record) => record.msg === 'ready')).toBe(false);
  expect(said).not.toMatch(/^\s+at /m);
  return fatal!.line;
}

describe('config/env', () => {
  test.each(SERVICES)('the example of %s names exactly what its schema reads', (name) => {
    const example = readFileSync(new URL(`../../config/env/${name}.env.example`, import.meta.url), 'utf8');
    const named = [...example.matchAll(/^#? ?([A-Z][A-Z0-9_]+)=/gm)].map((match) => match[1]);
    expect(named.toSorted()).toEqual(Object.keys(SCHEMAS[name].shape).toSorted());
  });
});

describe('every variable of the schema is used', () => {
  const FOLDERS = {
    api: 'services/api/src',
    fastpath: 'services/fastpath/src',
    webui: 'services/webui/server',
  };
  /** Decides in config.ts itself which secrets are refused. */
  const USED_IN_CONFIG = { api: [], fastpath: ['APP_ENV'], webui: [] };
  const root = new URL('../../', import.meta.url);
  const read = (file: string) => readFileSync(new URL(file, root), 'utf8');

  test.each(SERVICES)('by %s, outside config.ts', (service) => {
    const config = read(`${FOLDERS[service]}/config.ts`);
    const code = globSync(`${FOLDERS[service]}/**/*.ts`, { cwd: root })
      .filter((file) => !/\.test\.ts$|\/testing\/|\/config\.ts$/.test(file))
      .map(read)
      .join('\n')
      .replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '');
    // Read as `config.name`, or taken out of it as `{ name, … } = config`.
    const isRead = (name: string) =>
      new RegExp(
        `\\b(config|env|options|grpcTls|xdp)\\.${name}\\b|\\{[^{};]*\\b${name}\\b[^{};]*\\}\\s*[=:]`,
      ).test(code);
    const unread = Object.keys(SCHEMAS[service].shape).filter((key) => {
      const fields = [...config.matchAll(new RegExp(`(\\w+): env\\.${key}\\b`, 'g'))].map(
        (match) => match[1]!,
      );
      return ![key, ...fields].some(isRead);
    });
    expect(unread).toEqual(USED_IN_CONFIG[service]);
  });
});

describe('a start that must be refused', () => {
  test('the API with nothing set reports everything that is missing at once', async () => {
    await refuses('api', {}, 'JWT_KEYS', 'DB_TYPE');
  });

  test('bad values are reported together, by name, and secrets are not repeated', async () => {
    const env = {
      ...base.api,
      PORT: 'http',
      BCRYPT_COST: '4',
      LOG_LEVEL: 'loud',
      JWT_KEYS: 'a:too-short-secret',
    };
    const line = await refuses('api', env, 'PORT', 'BCRYPT_COST', 'LOG_LEVEL', 'JWT_KEYS');
    expect(line).not.toContain('too-short-secret');
    await refuses(
      'fastpath',
      { ...base.fastpath, FASTPATH_SECRET: '', DATA_PORT: '70000' },
      'FASTPATH_SECRET',
      'DATA_PORT',
    );
    await refuses('webui', { ...base.webui, API_URL: 'api', PORT: '-1' }, 'API_URL', 'PORT');
  });

  test('production with development secrets or the seed credentials', async () => {
    const production = { ...base.api, APP_ENV: 'production', FASTPATH_ADDRESS: '127.0.0.1:1' };
    const placeholder = 'development-only-0123456789abcdef-0123';
    const old = { ...production, JWT_KEYS: `new:${SECRET},old:change-me-0123456789abcdef-012345` };
    const all = { ...production, JWT_KEYS: `dev:${placeholder}`, FASTPATH_SECRET: placeholder };
    const seed = { ADMIN_EMAIL: 'admin@example.com', ADMIN_PASSWORD: 'admin' };
    await refuses('api', old, 'JWT_KEYS');
    await refuses('api', { ...all, ...seed }, 'JWT_KEYS', 'FASTPATH_SECRET', 'ADMIN_PASSWORD');
    await refuses('api', { ...production, ...seed }, 'ADMIN_PASSWORD');
    const fastpath = { ...base.fastpath, APP_ENV: '', FASTPATH_SECRET: placeholder };
    await refuses('fastpath', fastpath, 'FASTPATH_SECRET');
  });

  test('AF_XDP that was asked for and is impossible is an error, not a silent fallback', async () => {
    await refuses('fastpath', { ...base.fastpath, FASTPATH_MODE: 'afxdp' }, /afxdp|AF_XDP/i);
  });

  test('a database in a folder that cannot be written', async () => {
    const folder = join(directory, 'file-not-folder');
    writeFileSync(folder, '');
    const env = { ...base.api, DB_NAME: join(folder, 'db.sqlite'), DB_MAX_RETRIES: '0' };
    await refuses('api', env, folder);
  });

  test('an unreachable database server', async () => {
    const env = {
      ...base.api,
      DB_TYPE: 'postgres',
      DB_NAME: 'tripod',
      DB_HOST: '127.0.0.1',
      DB_PORT: '1',
      DB_MAX_RETRIES: '1',
      DB_RETRY_DELAY_MS: '10',
    };
    const line = await refuses('api', { ...env, DB_PASS: 'a-password-of-the-database' }, /127\.0\.0\.1/);
    expect(line).not.toContain('a-password-of-the-database');
  });
});

describe('taken ports', () => {
  let server: Server;
  let taken: string;
  beforeAll(async () => {
    server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    taken = String((server.address() as AddressInfo).port);
  });
  afterAll(() => void server?.close());

  test.each<[ServiceName, string]>([
    ['api', 'PORT'],
    ['api', 'METRICS_PORT'],
    ['webui', 'PORT'],
    ['webui', 'METRICS_PORT'],
    ['fastpath', 'HTTP_PORT'],
    ['fastpath', 'GRPC_PORT'],
  ])('%s names a taken %s', async (name, variable) => {
    await refuses(name, { ...base[name], [variable]: taken }, taken, new RegExp(`\\b${variable}\\b`));
  });
});

describe('a schema that is behind', () => {
  test('an API on an unmigrated database is alive and not ready, with the reason', async () => {
    const fresh = join(directory, 'fresh');
    mkdirSync(fresh);
    const api = await startService('api', { ...base.api, DB_NAME: join(fresh, 'db.sqlite') });
    try {
      expect((await fetch(`http://${api.listen.http}/healthz`)).status).toBe(200);
      const reply = await fetch(`http://${api.listen.http}/readyz`);
      expect(reply.status).toBe(503);
      expect(await reply.json()).toMatchObject({
        status: 'not_ready',
        checks: { database: { ok: false, reason: expect.stringContaining('0001-') } },
      });
    } finally {
      await api.stop();
    }
  });
});

describe('SIGTERM while a service is still starting', () => {
  // Wherever in its start the signal meets it: before Node runs, while it loads, while it opens its ports.
  const MOMENTS_MS = [0, 200, 400, 600, 800];

  test.each(SERVICES)('%s ends cleanly', async (name) => {
    const ends = MOMENTS_MS.map(async (moment) => {
      const lines: string[] = [];
      const env = { PATH: process.env.PATH, ...base[name] };
      const started = spawnNode(ENTRY_POINTS[name], env, (line) => lines.push(line));
      await sleep(moment);
      started.child.kill('SIGTERM');
      const { code, signal } = await started.exited;
      return { clean: code === 0 || signal === 'SIGTERM', moment, code, signal, lines };
    });
    expect((await Promise.all(ends)).filter((end) => !end.clean)).toEqual([]);
  });
});
