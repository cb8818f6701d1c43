import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { inRepository } from '../repository.ts';

/** Path of a Chromium, installed when it is missing and we may. Rejects with how to get one. */
export async function chromiumPath(): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)(inRepository('scripts/install-chromium.sh'));
    return stdout.trim();
  } catch (error) {
    const { stderr } = error as { stderr?: string };
    throw new Error(stderr?.trim().split('\n').at(-1) || 'Chromium is missing', { cause: error });
  }
}
