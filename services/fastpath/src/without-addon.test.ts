import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';

/* A copy of the fast path, built where there is no compiler. */

const REPOSITORY = fileURLToPath(new URL('../../../', import.meta.url));
const FASTPATH = 'services/fastpath';
const ADDON = `${FASTPATH}/xdp-socket-native`;
const SOURCES = [
  'proto',
  ...['src', 'package.json'].map((name) => `${FASTPATH}/${name}`),
  ...['src', 'core', 'binding', 'bpf', 'build.ts', 'package.json'].map((name) => `${ADDON}/${name}`),
];
const ENV = {
  PATH: process.env.PATH,
  APP_ENV: 'development',
  FASTPATH_SECRET: 'development-only-fastpath-secret-0123456789',
  XDP_INTERFACE: 'lo',
  HOST: '127.0.0.1',
  DATA_HOST: '127.0.0.1',
  HTTP_PORT: '0',
  GRPC_PORT: '0',
  DATA_PORT: '0',
};
type Line = { level: string; msg: string; mode?: string; reason?: string };

const copy = mkdtempSync(join(tmpdir(), 'without-addon-'));
let printed: string;

beforeAll(() => {
  for (const source of SOURCES) cpSync(join(REPOSITORY, source), join(copy, source), { recursive: true });
  for (const folder of [FASTPATH, ADDON]) linkPackages(folder);
  const guard = ['--bpf', `${FASTPATH}/bpf/guard.bpf.c`, '--out', `${FASTPATH}/build/guard.bpf.o`];
  printed = build([], '/nowhere/clang') + build(guard, '/nowhere/other-clang');
});

function build(args: readonly string[], clang: string): string {
  const env = { ...process.env, CC: '/nowhere/cc', CLANG: clang };
  const command = [`${ADDON}/build.ts`, '--optional', ...args];
  return execFileSync(process.execPath, command, { cwd: copy, env, encoding: 'utf8' });
}

afterAll(() => rmSync(copy, { recursive: true }));

/** Installed packages are those of this checkout; the addon is that of the copy, because its link is relative. */
function linkPackages(folder: string): void {
  const from = join(REPOSITORY, folder, 'node_modules');
  const to = join(copy, folder, 'node_modules');
  const names = readdirSync(from).filter((name) => !name.startsWith('.') && name !== 'xdp-socket-native');
  for (const name of names) cpSync(join(from, name), join(to, name), { recursive: true });
  if (folder === FASTPATH) symlinkSync('../xdp-socket-native', join(to, 'xdp-socket-native'));
}

/** Starts the copy and stops it at its first word that counts. */
async function start(mode: string): Promise<Line> {
  const main = join(copy, FASTPATH, 'src/main.ts');
  const env = { ...ENV, FASTPATH_MODE: mode };
  const child = spawn(process.execPath, [main], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'close');
  let found: Line | undefined;
  for await (const text of createInterface(child.stdout)) {
    const line = JSON.parse(text) as Line;
    if (line.msg === 'ready' || line.level === 'fatal') {
      found = line;
      break;
    }
  }
  child.kill('SIGKILL');
  await ended;
  if (found === undefined) throw new Error('it ended without a word');
  return found;
}

test('the build says what is missing and which package brings it', () => {
  expect(printed.split('\n')).toEqual([
    'there is no C compiler (/nowhere/cc): apt-get install gcc libc6-dev',
    'there is no /nowhere/clang: apt-get install clang',
    'there is no /nowhere/other-clang: apt-get install clang',
    '',
  ]);
});

/** Without addon and without program, each once. */
const BOTH = new RegExp(
  String.raw`there is no C compiler \(/nowhere/cc\) \(apt-get install gcc libc6-dev\); ` +
    String.raw`there is no /nowhere/clang \(apt-get install clang\); ` +
    String.raw`there is no /nowhere/other-clang \(apt-get install clang\)$`,
);

test('FASTPATH_MODE=auto runs on UDP sockets and says the same', async () => {
  const { msg, mode, reason } = await start('auto');
  expect({ msg, mode }).toEqual({ msg: 'ready', mode: 'udp' });
  expect(reason).toMatch(BOTH);
});

test('FASTPATH_MODE=afxdp does not start, and says the same', async () => {
  const { level, msg } = await start('afxdp');
  expect(level).toBe('fatal');
  expect(msg).toMatch(BOTH);
});
