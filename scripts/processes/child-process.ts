import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { inRepository, repositoryRoot } from '../repository.ts';
import { patient } from './patience.ts';

export type ServiceName = 'api' | 'fastpath' | 'webui';

/** The file that starts each service, also in production. */
export const ENTRY_POINTS: Record<ServiceName, string> = {
  api: 'services/api/src/main.ts',
  fastpath: 'services/fastpath/src/main.ts',
  webui: 'services/webui/server/main.ts',
};

export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

export interface NodeProcess {
  child: ChildProcess;
  pid: number;
  /** Settles once, when the process is gone and its output is read to the end. */
  exited: Promise<Exit>;
}

/**
 * Starts `node file` so that it cannot outlive this process: see exit-with-parent.ts. It gets a process group of its
 * own, because a Ctrl-C in the terminal must reach the starter alone, which then stops its services in order.
 */
export function spawnNode(
  file: string,
  env: NodeJS.ProcessEnv,
  onLine: (line: string, stream: 'stdout' | 'stderr') => void,
  args: string[] = [],
): NodeProcess {
  const preload = inRepository('scripts/processes/exit-with-parent.ts');
  const child = spawn(process.execPath, ['--import', preload, inRepository(file), ...args], {
    cwd: repositoryRoot,
    env,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    detached: true,
  });
  if (child.pid === undefined) throw new Error(`cannot start node ${file}`);
  const closed = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>;
  for (const stream of ['stdout', 'stderr'] as const) {
    createInterface({ input: child[stream]! }).on('line', (line) => onLine(line, stream));
  }
  return { child, pid: child.pid, exited: closed.then(([code, signal]) => ({ code, signal })) };
}

/** SIGTERM, then SIGKILL when the process has not gone within `graceMs`. Harmless on a process that is gone. */
export async function terminate({ child, exited }: NodeProcess, graceMs = patient(10_000)): Promise<Exit> {
  if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
  const hardStop = setTimeout(() => child.kill('SIGKILL'), graceMs);
  try {
    return await exited;
  } finally {
    clearTimeout(hardStop);
  }
}
