import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { stripVTControlCharacters } from 'node:util';
import { patient } from '../../processes/patience.ts';
import { waitUntil } from '../../processes/wait-until.ts';
import { repositoryRoot } from '../../repository.ts';

/** A supervisor as a developer starts it, with what it printed and the processes under it. */
export interface DevRun {
  child: ChildProcess;
  output: string[];
  exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  /** Resolves with the first line that contains the text. */
  waitForLine(text: string, deadlineMs?: number): Promise<string>;
  /** Process ids of everything below it, by the file that they run. */
  descendants(): Map<string, number>;
}

const STARTED_MS = patient(90_000);

/** Starts `command` (the supervisor, or make) with nothing but this environment and a PATH. */
export function runDev(env: Record<string, string>, command = [process.execPath, 'scripts/dev.ts']): DevRun {
  const [program, ...args] = command;
  const child = spawn(program!, args, {
    cwd: repositoryRoot,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream! }).on('line', (line) => output.push(stripVTControlCharacters(line)));
  }
  const exited = (once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>).then(
    ([code, signal]) => ({
      code,
      signal,
    }),
  );
  return {
    child,
    output,
    exited,
    waitForLine: (text, deadlineMs = STARTED_MS) =>
      waitUntil(
        () => `"${text}" in the output:\n${output.join('\n')}`,
        () => output.find((line) => line.includes(text)),
        {
          deadlineMs,
        },
      ),
    descendants: () => descendantsOf(child.pid!),
  };
}

export function isAlive(pid: number): boolean {
  return existsSync(`/proc/${pid}`) && !/^State:\s+Z/m.test(read(`/proc/${pid}/status`));
}

/** Environment of a run of its own: free ports, a data folder, no demo traffic. */
export async function ownEnvironment(directory: string): Promise<Record<string, string>> {
  const names = [
    'WEBUI_PORT',
    'WEBUI_METRICS_PORT',
    'API_PORT',
    'API_METRICS_PORT',
    'FASTPATH_HTTP_PORT',
    'FASTPATH_GRPC_PORT',
    'DATA_PORT',
  ];
  const servers = names.map(() => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => String((server.address() as { port: number }).port));
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  const entries = names.map((name, i) => [name, ports[i]!] as const);
  return { ...Object.fromEntries(entries), DEV_DIR: directory, DEV_TRAFFIC: 'off', BCRYPT_COST: '10' };
}

function descendantsOf(root: number): Map<string, number> {
  const parents = new Map<number, number>();
  for (const path of globSync('/proc/[0-9]*/stat')) {
    const [, pid, parent] = /^(\d+) \(.*\) \S (\d+)/s.exec(read(path)) ?? [];
    if (pid) parents.set(Number(pid), Number(parent));
  }
  const below = (pid: number | undefined): boolean =>
    pid !== undefined && (parents.get(pid) === root || below(parents.get(pid)));
  const found = [...parents.keys()].filter(below);
  return new Map(found.map((pid) => [runningFile(pid), pid]));
}

function runningFile(pid: number): string {
  const file = read(`/proc/${pid}/cmdline`)
    .split('\0')
    .find((part) => part.endsWith('main.ts'));
  return file?.slice(repositoryRoot.length + 1) ?? `pid ${pid}`;
}

/** Processes come and go while they are listed. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
