import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { prunePackages } from './prune-packages.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'tripod-prune-'));
});
afterEach(() => rmSync(root, { recursive: true }));

function put(...files: string[]): void {
  for (const file of files) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), 'x');
  }
}

const left = () =>
  readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .sort();

const PG = '.pnpm/pg@8.0.0/node_modules/pg';

test('keeps what runs and what must be told, removes what nobody reads', () => {
  const kept = ['package.json', 'index.js', 'LICENSE', 'LICENSE.md', 'lib/test/runs.js', 'google/api.proto'];
  put(...kept.map((file) => `${PG}/${file}`));
  const gone = [
    'index.d.ts',
    'index.js.map',
    'README.md',
    'src/types/a.ts',
    'deps/sqlite3.c',
    'test/a.js',
    'binding.gyp',
  ];
  put(...gone.map((file) => `${PG}/${file}`));
  put('.modules.yaml', '.pnpm/lock.yaml', '.bin/tool', `${PG}/node_modules/.bin/tool`);
  expect(prunePackages(root, 'amd64')).toBe(gone.length + 4);
  expect(left()).toEqual(kept.map((file) => `${PG}/${file}`).sort());
  expect(existsSync(join(root, PG, 'src'))).toBe(false);
});

test('keeps the machine code of one architecture', () => {
  const native = '.pnpm/bcrypt@6.0.0/node_modules/bcrypt/prebuilds';
  put(
    `${native}/linux-x64/bcrypt.glibc.node`,
    `${native}/linux-arm64/bcrypt.glibc.node`,
    `${native}/win32-x64/b.node`,
  );
  const flat = '.pnpm/sqlite@1.0.0/node_modules/sqlite/prebuilds';
  put(
    `${flat}/linux-x64.node`,
    `${flat}/linux-arm64.node`,
    `${flat}/linuxmusl-arm64.node`,
    `${flat}/darwin-arm64.node`,
  );
  prunePackages(root, 'arm64');
  expect(left()).toEqual([`${native}/linux-arm64/bcrypt.glibc.node`, `${flat}/linux-arm64.node`]);
  expect(() => prunePackages(root, 'riscv64')).toThrow('riscv64');
});

test('packages of types go, and the links to them', () => {
  put('.pnpm/@types+node@24.0.0/node_modules/@types/node/package.json', `${PG}/package.json`);
  mkdirSync(join(root, '.pnpm/pg@8.0.0/node_modules/@types'));
  symlinkSync(
    '../../../@types+node@24.0.0/node_modules/@types/node',
    join(root, '.pnpm/pg@8.0.0/node_modules/@types/node'),
  );
  symlinkSync('.pnpm/pg@8.0.0/node_modules/pg', join(root, 'pg'));
  symlinkSync('.pnpm/gone@1.0.0/node_modules/gone', join(root, 'gone'));
  prunePackages(root, 'amd64');
  expect(left()).toEqual([`${PG}/package.json`, 'pg', 'pg/package.json']);
});
