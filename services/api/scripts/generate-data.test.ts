import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tripod-generate-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function generate(environment: Record<string, string>) {
  const file = join(folder, 'x.sqlite');
  const script = new URL('generate-data.ts', import.meta.url).pathname;
  const { status, stderr } = spawnSync(process.execPath, [script, '--rules', '1'], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH, DB_TYPE: 'sqlite', DB_NAME: file, ...environment },
  });
  return { status, stderr, touched: existsSync(file) };
}

test.each<[string, Record<string, string>]>([
  ['nothing', {}],
  ['an empty variable', { APP_ENV: '' }],
  ['production', { APP_ENV: 'production' }],
])('where APP_ENV says %s it does not even connect', (_what, environment) => {
  const { status, stderr, touched } = generate(environment);
  expect(stderr).toMatch(/not for production/);
  expect([status, touched]).toEqual([1, false]);
});

test('in development it fills the database', () => {
  expect(generate({ APP_ENV: 'development' })).toMatchObject({ status: 0, touched: true });
});
