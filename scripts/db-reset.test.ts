import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { withPostgres } from './databases/postgres-client.ts';
import { type DatabaseServer, startDatabaseServer } from './databases/server.ts';
import { holdInstanceLock } from './dev/instance-lock.ts';
import { migrate } from './processes/migrate.ts';
import { inRepository } from './repository.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'tripod-reset-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

interface Outcome {
  code: number;
  output: string;
}

function reset(
  env: Record<string, string>,
  program = process.execPath,
  args: string[] = [],
): Promise<Outcome> {
  const script = inRepository('scripts/db-reset.ts');
  return new Promise((resolve) => {
    const child = execFile(
      program,
      [...args, ...(args.length > 0 ? [] : [script])],
      { env: { PATH: process.env.PATH, DEV_DIR: directory, ...env } },
      (error, stdout, stderr) =>
        resolve({ code: error ? Number(error.code) : 0, output: `${stdout}${stderr}`.trim() }),
    );
    child.stdin?.end();
  });
}

/** The script in a terminal, where somebody types this. */
function answer(text: string): Promise<Outcome> {
  const command = `printf '${text}\\n' | script -qec '${process.execPath} ${inRepository('scripts/db-reset.ts')}' /dev/null`;
  return reset({}, 'bash', ['-c', command]);
}

function makeSqlite(): void {
  for (const name of ['tripod.sqlite', 'tripod.sqlite-wal', 'other.txt'])
    writeFileSync(join(directory, name), 'x');
}

test('SQLite: drops the file and its log, nothing else; only with YES=1 where there is no terminal', async () => {
  expect(await reset({})).toEqual({ code: 0, output: 'There is no data to drop.' });
  makeSqlite();
  const refused = await reset({});
  expect(refused.code).toBe(1);
  expect(refused.output).toMatch(/^This drops the SQLite database .+tripod\.sqlite\. There is no terminal/);
  expect(readdirSync(directory)).toHaveLength(3);
  const done = await reset({ YES: '1' });
  expect(done.output).toMatch(/^Dropping the SQLite database .+\nDropped\./);
  expect(readdirSync(directory)).toEqual(['other.txt']);
});

test('in a terminal it asks, and no is the default', async () => {
  makeSqlite();
  expect((await answer('')).output).toMatch(/Go on\? \[y\/N\] .*Nothing was dropped/s);
  expect(readdirSync(directory)).toHaveLength(3);
  expect((await answer('y')).output).toContain('Dropped.');
  expect(readdirSync(directory)).toEqual(['other.txt']);
});

test('a server of its own: its folder; not while make dev runs on it', async () => {
  mkdirSync(join(directory, 'mysql/data'), { recursive: true });
  const lock = await holdInstanceLock(directory, 'http://x');
  const refused = await reset({ DB_TYPE: 'mysql', YES: '1' });
  expect(refused.output).toMatch(/^Tripod runs here already/);
  expect(existsSync(join(directory, 'mysql/data'))).toBe(true);
  lock.close();
  const done = await reset({ DB_TYPE: 'mysql', YES: '1' });
  expect(done.output).toMatch(/^Dropping the MySQL server in .+mysql, with all its databases\.\nDropped\./);
  expect(existsSync(join(directory, 'mysql'))).toBe(false);
});

function query(server: DatabaseServer, sql: string): Promise<Record<string, string>[]> {
  return withPostgres(server, async (client) => (await client.query(sql)).rows, 'tripod');
}

async function tablesOf(server: DatabaseServer): Promise<string[]> {
  const rows = await query(server, "select tablename from pg_tables where schemaname = 'public' order by 1");
  return rows.map(({ tablename }) => tablename!);
}

test('a configured server: the tables of Tripod, and no other; says when it does not answer', async () => {
  await using server = await startDatabaseServer({
    type: 'postgres',
    directory: join(directory, 'pg'),
    durable: false,
  });
  const env = { DATABASE_URL: server.url(), YES: '1' };
  await migrate({
    ...process.env,
    APP_ENV: 'test',
    DATABASE_URL: server.url(),
    JWT_KEYS: `test:${'x'.repeat(32)}`,
  });
  await query(server, 'create table somebody_elses (id int)');
  expect(await tablesOf(server)).toContain('users');
  const done = await reset(env);
  expect(done.output).toMatch(
    /^Dropping all tables of Tripod, .+ PostgreSQL database tripod on 127\.0\.0\.1:\d+\.\nDropped\./,
  );
  expect(done.output).not.toContain(server.password);
  expect(await tablesOf(server)).toEqual(['schema_migrations', 'somebody_elses']);
  await server.stop();
  expect(await reset(env)).toMatchObject({
    code: 1,
    output: expect.stringMatching(/PostgreSQL at 127\.0\.0\.1:\d+ cannot be reached \(ECONNREFUSED\)/),
  });
});
