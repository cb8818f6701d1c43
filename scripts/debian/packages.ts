// Packages of any Debian suite, unpacked into a folder of the cache and never installed: neither root nor the suite
// that this machine runs is needed. apt keeps everything that it writes inside the cache, too.
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
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cacheFolder } from '../cache-folder.ts';
import { type DebianMirror, findMirror } from './debian-mirror.ts';

const execute = promisify(execFile);
const ATTEMPTS = 3;

export type Suite = 'bookworm' | 'trixie' | 'sid';

/** Runs an apt command with sources, lists and an archive of its own; answers what it printed. */
export type Apt = (...command: string[]) => Promise<string>;

export interface Download {
  /** Folder in the cache where the packages end, unpacked: …/tripod/<folder>. */
  folder: string;
  /** For messages: "the kernel of Debian sid". */
  what: string;
  suite: Suite;
  architecture: string;
  /** Puts .deb files anywhere below apt's working folder. */
  download(apt: Apt): Promise<void>;
}

/** The folder with the unpacked packages, downloaded when it is not in the cache. Rejects with what stands in the way. */
export async function fetchPackages(wanted: Download): Promise<string> {
  const folder = join(cacheFolder('.'), wanted.folder);
  if (!existsSync(folder)) {
    mkdirSync(join(folder, '..'), { recursive: true });
    const work = mkdtempSync(join(folder, '..', '.download-'));
    try {
      await downloadAndUnpack(wanted, work);
      putInPlace(join(work, 'unpacked'), folder);
    } finally {
      rmSync(work, { recursive: true, force: true });
    }
  }
  return folder;
}

/** Another run may have been faster: its packages are as good. */
function putInPlace(unpacked: string, folder: string): void {
  try {
    renameSync(unpacked, folder);
  } catch (error) {
    if (!existsSync(folder)) throw error;
  }
}

async function downloadAndUnpack({ what, download, ...target }: Download, work: string): Promise<void> {
  const environment = { ...process.env, APT_CONFIG: await writeAptConfig(target, work) };
  const apt: Apt = async (program, ...args) => {
    const { stdout } = await execute(program!, args, { cwd: work, env: environment, maxBuffer: 2 ** 26 });
    return stdout;
  };
  console.error(`tripod: downloading ${what}`);
  let failure: unknown;
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    try {
      // Both again: a mirror may have been updated between the two.
      await apt('apt-get', 'update', '-q');
      await download(apt);
      for (const file of globSync('**/*.deb', { cwd: work })) await apt('dpkg-deb', '-x', file, 'unpacked');
      return;
    } catch (error) {
      failure = error;
      console.error(`tripod: attempt ${attempt} of ${ATTEMPTS} failed: ${reasonOf(error)}`);
    }
  }
  throw new Error(`${what} cannot be downloaded: ${reasonOf(failure)}`, { cause: failure });
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
async function writeAptConfig(
  { suite, architecture }: Pick<Download, 'suite' | 'architecture'>,
  work: string,
): Promise<string> {
  for (const folder of ['lists/partial', 'cache/archives/partial', 'empty']) {
    mkdirSync(join(work, folder), { recursive: true });
  }
  const { uri, keyring } = readMirror();
  const options = [
    'check-valid-until=no',
    `arch=${architecture}`,
    ...(keyring ? [`signed-by=${keyring}`] : []),
  ];
  writeFileSync(join(work, 'sources.list'), `deb [${options.join(' ')}] ${uri} ${suite} main\n`);
  // Nothing is installed, as far as apt knows: it fetches all that a package needs.
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
    'APT::Architecture': architecture,
    // Without a user of its own apt can write where we can.
    'APT::Sandbox::User': '',
    'APT::Install-Recommends': 'false',
    'Debug::NoLocking': 'true',
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
  if (!mirror) throw new Error("no Debian mirror: this machine's apt sources name none");
  return mirror;
}
