// The real script on a copy of the little that it reads, with an npm that installs nothing.
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { inRepository } from './repository.ts';

const NOBODY = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'];
const BASH = execFileSync('sh', ['-c', 'command -v bash'], { encoding: 'utf8' }).trim();

let directory: string;
let checkout: string;
let bin: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'tripod-bootstrap-'));
  // Whoever runs the script may read it.
  chmodSync(directory, 0o755);
  [checkout, bin] = [join(directory, 'checkout'), join(directory, 'bin')];
  for (const folder of [checkout, bin]) mkdirSync(folder);
  cpSync(inRepository('scripts/bootstrap.sh'), join(checkout, 'scripts/bootstrap.sh'));
  cpSync(inRepository('scripts/tools/package.json'), join(checkout, 'scripts/tools/package.json'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function program(name: string, script: string): void {
  writeFileSync(join(bin, name), `#!${BASH}\n${script}\n`, { mode: 0o755 });
}

/** Exit code and what was written to stderr. */
function bootstrap({ path = `${bin}:/usr/bin:/bin`, as = [] as string[] } = {}) {
  const [command, ...args] = [...as, BASH, join(checkout, 'scripts/bootstrap.sh')];
  const { status, stderr } = spawnSync(command!, args, { env: { PATH: path }, encoding: 'utf8' });
  return { status, stderr };
}

test('without npm: one line with the remedy', () => {
  program('dirname', 'exec /usr/bin/dirname "$1"');
  expect(bootstrap({ path: bin })).toEqual({
    status: 1,
    stderr: expect.stringMatching(/^tripod: npm is missing\. Install Node\.js with npm .+\n$/),
  });
});

test('in a folder that cannot be written: one line with the remedy', () => {
  program('npm', 'exit 0');
  chmodSync(checkout, 0o555);
  // Root may write everywhere.
  expect(bootstrap({ as: process.getuid!() === 0 ? NOBODY : [] })).toEqual({
    status: 1,
    stderr: `tripod: ${checkout} is not writable. Clone into a folder that you own, or fix its permissions.\n`,
  });
});

test('when npm fails: what it said, and where to look', () => {
  program('npm', 'echo "E404 no such package" >&2; exit 1');
  const { status, stderr } = bootstrap();
  expect(status).toBe(1);
  expect(stderr).toMatch(/^E404 no such package\ntripod: npm could not install the tools\. .+\n$/);
});

test('with a Node that is too old and none for this platform to install: one line with the remedy', () => {
  program('npm', 'exit 0');
  const old = join(directory, 'old.cjs');
  writeFileSync(old, "Object.defineProperty(process.versions, 'node', { value: '24.11.1' });");
  program('node', `[[ $1 == --version ]] && echo v24.11.1 || exec ${process.execPath} --require ${old} "$@"`);
  expect(bootstrap()).toEqual({
    status: 1,
    stderr: expect.stringMatching(/^tripod: Node v24\.11\.1 is too old .+Install Node 24\.12 or newer\.\n$/),
  });
});
