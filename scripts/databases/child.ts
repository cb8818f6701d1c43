// Processes of servers: they end with the process that started them, however that one ends.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, globSync, openSync, readFileSync, statSync } from 'node:fs';
import { waitUntil } from '../processes/wait-until.ts';
import type { Command } from './kind.ts';
import { findProgram } from './programs.ts';

/** Who owns and runs what refuses to be root (PostgreSQL); undefined = nobody else, as we are not root. */
export const SERVANT = process.getuid?.() === 0 ? 65_534 : undefined;

/** The last lines of a log, for the message of a failure. */
const LOG_TAIL = 2_000;

export interface Start {
  /** Gets what the process writes. */
  log: string;
  /** Sent by the kernel when we are gone. */
  endSignal: NodeJS.Signals;
  /** Run it as SERVANT, who must be able to read and write these. */
  asServant?: { reaches: string[] } | undefined;
}

/** Starts the command in a group of its own: a Ctrl-C in the terminal is for us. */
export function startChild(
  { program, args, stdin }: Command,
  { log, endSignal, asServant }: Start,
): ChildProcess {
  // In this order: the kernel forgets the signal when a process changes its user.
  const servant = asServant ? servantPrefix([program, ...asServant.reaches]) : [];
  const prefix = [...servant, ...endsWithUs(endSignal)];
  const [first, ...rest] = [...prefix, program, ...args];
  const output = openSync(log, 'a', 0o600);
  try {
    const child = spawn(first!, rest, {
      cwd: '/',
      env: { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC' },
      stdio: [stdin === undefined ? 'ignore' : 'pipe', output, output],
      detached: true,
    });
    // A server that ends before it has read all: its log says why.
    child.stdin?.on('error', () => {}).end(stdin);
    return child;
  } finally {
    closeSync(output);
  }
}

/** Runs a tool to its end. Rejects with the end of its output. */
export async function runTool(command: Command, start: Omit<Start, 'endSignal'>): Promise<void> {
  const from = sizeOf(start.log);
  const [code, signal] = await once(startChild(command, { ...start, endSignal: 'SIGKILL' }), 'close');
  if (code !== 0) {
    throw new Error(
      `${command.program} ended with ${signal ?? `exit code ${code}`}:\n${logTail(start.log, from)}`,
    );
  }
}

export function sizeOf(log: string): number {
  return existsSync(log) ? statSync(log).size : 0;
}

/** The last lines that were written after the first `from` bytes. */
export function logTail(log: string, from: number): string {
  if (!existsSync(log)) return '';
  return readFileSync(log).subarray(from).toString('utf8').slice(-LOG_TAIL).trim();
}

/** SIGKILL to the process and all below it; resolves when the last of them is gone. */
export async function killTree(pid: number): Promise<void> {
  const pids = [pid, ...descendantsOf(pid)];
  for (const one of pids) signalQuietly(one, 'SIGKILL');
  await waitUntil(`processes ${pids} to end`, () => !pids.some(isRunning));
}

export function signalQuietly(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    // It is gone, which is all that was wanted.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Empty when there is no such process. */
export function commandLine(pid: number): string {
  return readOr(`/proc/${pid}/cmdline`);
}

function isRunning(pid: number): boolean {
  return /^State:\s+[^ZX]/m.test(readOr(`/proc/${pid}/status`));
}

function descendantsOf(root: number): number[] {
  const parents = globSync('/proc/[0-9]*/stat').map(
    (file) => /^(\d+) \(.*\) \S (\d+)/s.exec(readOr(file)) ?? [],
  );
  const childrenOf = (pid: number): number[] =>
    parents
      .filter(([, , parent]) => Number(parent) === pid)
      .flatMap(([, child]) => [Number(child), ...childrenOf(Number(child))]);
  return childrenOf(root);
}

/** Processes come and go while they are listed. */
function readOr(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function endsWithUs(signal: NodeJS.Signals): string[] {
  // Linux alone has it. Elsewhere the exit handler of server-process.ts has to do.
  const setpriv = process.platform === 'linux' ? findProgram('setpriv') : undefined;
  return setpriv ? [setpriv, '--pdeathsig', signal.replace(/^SIG/, '')] : [];
}

/** With the right to pass through folders that are closed to others, like root's home or a temporary folder, if needed. */
function servantPrefix(paths: string[]): string[] {
  if (SERVANT === undefined) return [];
  const servant = ['setpriv', '--reuid', `${SERVANT}`, '--regid', `${SERVANT}`, '--clear-groups'];
  const passing = [...servant, '--inh-caps', '+dac_override', '--ambient-caps', '+dac_override'];
  const found = [servant, passing].find((prefix) => reaches(prefix, paths));
  if (found) return found;
  throw new Error(
    `PostgreSQL refuses to run as root, and user ${SERVANT}, who runs it instead, cannot read ${paths.join(' or ')}. ` +
      'Open the folders above to others (chmod o+x), use a checkout elsewhere, or run this as another user.',
  );
}

function reaches([program, ...args]: string[], paths: string[]): boolean {
  try {
    execFileSync(program!, [...args, 'ls', '-d', ...paths], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
