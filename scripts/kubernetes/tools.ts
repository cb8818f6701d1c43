// kubectl, of this machine or of Debian.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { fetchPackages } from '../debian/packages.ts';
import { repositoryRoot } from '../repository.ts';

const execute = promisify(execFile);
const LARGEST_OUTPUT_BYTES = 64 * 1024 * 1024;
const DEBIAN_ARCHITECTURES: Record<string, string> = { x64: 'amd64', arm64: 'arm64' };

/** The output of `kubectl …`, run at the top of the repository. Rejects with what kubectl said. */
export async function kubectl(...args: string[]): Promise<string> {
  return output(await findKubectl(), args);
}

async function output(program: string, args: readonly string[]): Promise<string> {
  try {
    const { stdout } = await execute(program, args, { cwd: repositoryRoot, maxBuffer: LARGEST_OUTPUT_BYTES });
    return stdout;
  } catch (error) {
    const { stderr, message } = error as { stderr?: string; message: string };
    throw new Error(stderr?.trim() || message, { cause: error });
  }
}

let found: Promise<string> | undefined;

/** The path of kubectl: on the PATH, or Debian's, unpacked into the cache. */
export function findKubectl(): Promise<string> {
  found ??= Promise.resolve(onPath('kubectl')).then((path) => path ?? fetchKubectl());
  return found;
}

function onPath(program: string): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean);
  return folders.map((folder) => join(folder, program)).find((path) => existsSync(path));
}

async function fetchKubectl(): Promise<string> {
  const architecture = DEBIAN_ARCHITECTURES[process.arch];
  if (process.platform !== 'linux' || !architecture) throw new Error('kubectl is missing: install it');
  const folder = await fetchPackages({
    folder: `kubectl/${architecture}`,
    what: 'kubectl of Debian trixie',
    suite: 'trixie',
    architecture,
    download: async (apt) => void (await apt('apt-get', 'download', 'kubectl')),
  });
  return join(folder, 'usr/bin/kubectl');
}
