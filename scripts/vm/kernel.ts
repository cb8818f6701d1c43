// Kernels of Debian for the emulated machines: downloaded and unpacked into a cache outside of the checkout, never
// installed. apt keeps everything that it writes inside the cache, too.
import { execFile } from 'node:child_process';
import {
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type DebianMirror, findMirror } from './debian-mirror.ts';

const execute = promisify(execFile);
const KERNEL_PACKAGE = /^linux-(image|binary|modules)-\d/;
const ATTEMPTS = 3;

export type Suite = 'bookworm' | 'sid';

export interface Kernel {
  version: string;
  /** Compressed image that qemu boots. */
  image: string;
  /** Folder of its modules: …/kernel. */
  modules: string;
}

/** A folder that outlives the run, and the checkout. */
export function cacheFolder(name: string): string {
  const folder = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'tripod/vm', name);
  mkdirSync(folder, { recursive: true });
  return folder;
}

/** The kernel of a Debian suite, downloaded when it is not in the cache. Rejects with what stands in the way. */
export async function fetchKernel(suite: Suite): Promise<Kernel> {
  const cache = cacheFolder('.');
  const folder = join(cache, suite);
  if (!existsSync(folder)) {
    const work = mkdtempSync(join(cache, `.${suite}-`));
    try {
      await download(suite, work);
      putInPlace(join(work, 'kernel'), folder);
    } finally {
      rmSync(work, { recursive: true, force: true });
    }
  }
  return findKernel(folder);
}

/** Another run may have been faster: its kernel is as good. */
function putInPlace(unpacked: string, folder: string): void {
  try {
    renameSync(unpacked, folder);
  } catch (error) {
    if (!existsSync(folder)) throw error;
  }
}

function findKernel(folder: string): Kernel {
  const find = (pattern: string) => globSync(pattern, { cwd: folder })[0];
  const modules = find('{usr/,}lib/modules/*/kernel');
  const image = find('usr/lib/modules/*/vmlinuz') ?? find('boot/vmlinuz-*');
  if (!modules || !image) {
    throw new Error(`${folder} holds no kernel: remove that folder, and run this again`);
  }
  return {
    version: modules.split('/').at(-2)!,
    image: join(folder, image),
    modules: join(folder, modules),
  };
}

async function download(suite: Suite, work: string): Promise<void> {
  const environment = { ...process.env, APT_CONFIG: await writeAptConfig(suite, work) };
  const apt = (...command: string[]) =>
    execute(command[0]!, command.slice(1), { cwd: work, env: environment });
  console.log(`vm: downloading the kernel of Debian ${suite}`);
  let failure: unknown;
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    try {
      // Both again: a mirror may have been updated between the two.
      await apt('apt-get', 'update', '-q');
      const { stdout } = await apt('apt-cache', 'depends', '--recurse', '--important', 'linux-image-amd64');
      const names = new Set(stdout.split('\n').filter((line) => KERNEL_PACKAGE.test(line)));
      await apt('apt-get', 'download', '-q', ...names);
      for (const file of globSync('*.deb', { cwd: work })) await apt('dpkg-deb', '-x', file, 'kernel');
      return;
    } catch (error) {
      failure = error;
      console.error(`vm: attempt ${attempt} of ${ATTEMPTS} failed: ${reasonOf(error)}`);
    }
  }
  throw new Error(`the kernel of Debian ${suite} cannot be downloaded: ${reasonOf(failure)}`, {
    cause: failure,
  });
}

/** What apt itself said, without the command line. */
function reasonOf(error: unknown): string {
  const { stderr, message } = error as { stderr?: string; message: string };
  const lines = stderr?.split('\n').filter((line) => /^E:/.test(line));
  return lines?.length ? lines.join(' ') : message;
}

/**
 * This machine's own settings (a proxy, timeouts), but: folders of our own, no hooks, only the suite's sources.
 * Returns the file for APT_CONFIG.
 */
async function writeAptConfig(suite: Suite, work: string): Promise<string> {
  for (const folder of ['lists/partial', 'cache/archives/partial', 'empty']) {
    mkdirSync(join(work, folder), { recursive: true });
  }
  const { uri, keyring } = readMirror();
  const options = ['check-valid-until=no', 'arch=amd64', ...(keyring ? [`signed-by=${keyring}`] : [])];
  writeFileSync(join(work, 'sources.list'), `deb [${options.join(' ')}] ${uri} ${suite} main\n`);
  writeFileSync(join(work, 'status'), '');

  const { stdout } = await execute('apt-config', ['dump']);
  const inherited = stdout.split('\n').filter((line) => !/^(Dir|RootDir)\b|^\S*-Invoke\b/.test(line));
  const own = {
    'Dir::Etc::SourceList': `${work}/sources.list`,
    'Dir::Etc::SourceParts': `${work}/empty`,
    'Dir::Etc::Parts': `${work}/empty`,
    'Dir::Etc::Main': '/dev/null',
    'Dir::State': work,
    'Dir::State::Lists': `${work}/lists`,
    'Dir::State::Status': `${work}/status`,
    'Dir::Cache': `${work}/cache`,
    'APT::Architecture': 'amd64',
    // Without a user of its own apt can write where we can.
    'APT::Sandbox::User': '',
    'Acquire::Retries': '3',
    'APT::Update::Error-Mode': 'any',
  };
  const file = join(work, 'apt.conf');
  const lines = Object.entries(own).map(([name, value]) => `${name} "${value}";`);
  writeFileSync(file, [...inherited, ...lines, ''].join('\n'));
  return file;
}

function readMirror(): DebianMirror {
  const files = ['/etc/apt/sources.list', ...globSync('/etc/apt/sources.list.d/*.{list,sources}')];
  const mirror = findMirror(
    files.filter((file) => existsSync(file)).map((name) => ({ name, text: readFileSync(name, 'utf8') })),
  );
  if (!mirror) {
    throw new Error(
      "no Debian mirror: this machine's apt sources name none, and the kernels of the emulated machines come from there",
    );
  }
  return mirror;
}
