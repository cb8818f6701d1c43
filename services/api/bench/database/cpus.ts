/*
 * Two CPUs: the server under test has one for itself, the database and the load share the other. Then what a server
 * costs is not blurred by what the others do to its caches, and a faster database is not a slower server.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

const SERVER = '1';
const OTHERS = '0';

const possible = availableParallelism() > 1 && spawnSync('taskset', ['--version']).status === 0;

/** This command on the CPU of the server under test. */
export function pinned(command: string[]): string[] {
  return possible ? ['taskset', '--cpu-list', SERVER, ...command] : command;
}

/** Puts this process and the database servers (DATABASE_PIDS) on the other CPU; says what came of it. */
export function pinOthers(): string {
  if (!possible) return 'not pinned: this takes 2 CPUs and taskset';
  const servers = (process.env.DATABASE_PIDS ?? '').split(',').filter(Boolean).map(Number);
  const failed = [process.pid, ...servers.flatMap((pid) => [pid, ...childrenOf(pid)])].filter(
    (pid) => spawnSync('taskset', ['-a', '-p', '-c', OTHERS, `${pid}`]).status !== 0,
  );
  const databases = servers.length > 0 && failed.length === 0 ? 'the databases' : 'databases not pinned';
  return `server under test on CPU ${SERVER}, load on CPU ${OTHERS}, ${databases}${servers.length > 0 ? ' too' : ''}`;
}

/** As of now: what a process begins later runs where its parent does. */
export function childrenOf(pid: number): number[] {
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
    return children.split(' ').filter(Boolean).map(Number);
  } catch {
    return [];
  }
}
