// The programs that make objects out of manifests: kubectl, of this machine or of Debian; helm, pinned in scripts/tools.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { promisify } from 'node:util';
import { findProgram, onPath } from '../debian/program.ts';
import { inRepository, repositoryRoot } from '../repository.ts';

const execute = promisify(execFile);
const LARGEST_OUTPUT_BYTES = 64 * 1024 * 1024;
/** helm says this of each link in charts/, which are there on purpose. */
const NO_NEWS = /found symbolic link/;

/** The output of `kubectl …`, run at the top of the repository. Rejects with what kubectl said. */
export async function kubectl(...args: string[]): Promise<string> {
  return output(await findKubectl(), args);
}

/** The output of `helm …`, run at the top of the repository. Rejects with what helm said. */
export async function helm(...args: string[]): Promise<string> {
  return output(findHelm(), args);
}

async function output(program: string, args: readonly string[]): Promise<string> {
  try {
    const { stdout } = await execute(program, args, { cwd: repositoryRoot, maxBuffer: LARGEST_OUTPUT_BYTES });
    return stdout;
  } catch (error) {
    const { stdout, stderr, message } = error as { stdout?: string; stderr?: string; message: string };
    throw new Error(news(stderr) || stdout?.trim() || message, { cause: error });
  }
}

function news(stderr = ''): string {
  const lines = stderr.split('\n').filter((line) => !NO_NEWS.test(line));
  return lines.join('\n').trim();
}

/** The path of kubectl. */
export function findKubectl(): Promise<string> {
  return findProgram({
    name: 'kubectl',
    package: 'kubectl',
    suite: 'trixie',
    missing: 'kubectl is missing: install it',
  });
}

/** The path of the pinned helm, which there is for Linux on x64, or of the machine's. */
function findHelm(): string {
  const pinned = inRepository('.tools/node_modules/.bin/helm');
  const path = process.arch === 'x64' && existsSync(pinned) ? pinned : onPath('helm');
  if (!path) throw new Error('helm is missing: install Helm 3 and put it into the PATH');
  return path;
}
