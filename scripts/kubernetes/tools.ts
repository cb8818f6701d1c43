// kubectl, of this machine or of Debian.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { findProgram } from '../debian/program.ts';
import { repositoryRoot } from '../repository.ts';

const execute = promisify(execFile);
const LARGEST_OUTPUT_BYTES = 64 * 1024 * 1024;

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

/** The path of kubectl. */
export function findKubectl(): Promise<string> {
  return findProgram({
    name: 'kubectl',
    package: 'kubectl',
    suite: 'trixie',
    missing: 'kubectl is missing: install it',
  });
}
