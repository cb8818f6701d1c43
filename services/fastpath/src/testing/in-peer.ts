import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import type { VethPair } from './veth.ts';

/** Runs a command in the peer's namespace to its end. @returns its output @throws Error when it fails */
export async function runInPeer({ namespace }: VethPair, ...command: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)('ip', ['netns', 'exec', namespace, ...command]);
  return stdout;
}

/** Starts a command there. @returns the process, and the first line that it prints */
export async function startInPeer(
  { namespace }: VethPair,
  ...command: string[]
): Promise<{ child: ChildProcess; firstLine: string }> {
  const child = spawn('ip', ['netns', 'exec', namespace, ...command], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [firstLine] = await once(createInterface(child.stdout), 'line');
  return { child, firstLine };
}
