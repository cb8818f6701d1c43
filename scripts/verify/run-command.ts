import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { repositoryRoot } from '../repository.ts';

const LARGEST_OUTPUT_BYTES = 64 * 1024 * 1024;

/** Runs a command from the top of the repository and answers its output; rejects with it when the command fails. */
export async function run(command: string, ...args: string[]): Promise<string> {
  try {
    const options = {
      cwd: repositoryRoot,
      maxBuffer: LARGEST_OUTPUT_BYTES,
      env: { ...process.env, NO_COLOR: '1' },
    };
    const { stdout } = await promisify(execFile)(command, args, options);
    return stdout;
  } catch (error) {
    const {
      stdout = '',
      stderr = '',
      message,
    } = error as { stdout?: string; stderr?: string; message: string };
    throw new Error([message.split('\n')[0], stdout.trim(), stderr.trim()].filter(Boolean).join('\n'), {
      cause: error,
    });
  }
}
