import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { loadStatus } from 'xdp-socket-native';

const BUILD = fileURLToPath(new URL('../../../../xdp-socket-native/build.ts', import.meta.url));
const SOURCE = fileURLToPath(new URL('../../../../bpf/guard.bpf.c', import.meta.url));
const OBJECT = fileURLToPath(new URL('../../../../build/guard.bpf.o', import.meta.url));

/**
 * Builds the BPF program for tests that load it. False when they cannot run here, after saying why and what to do;
 * an error where they must run (CI=true).
 */
export function canLoadGuard(): boolean {
  const problem = findProblem();
  if (problem === null) return true;
  const message = `needs the BPF program in the kernel: ${problem}`;
  if (process.env.CI === 'true') throw new Error(message);
  console.warn(`skipped, ${message}`);
  return false;
}

function findProblem(): string | null {
  if (process.getuid?.() !== 0) return 'run it as root';
  const status = loadStatus();
  if (!status.ok) return status.problems.map(({ what, remedy }) => `${what}: ${remedy}`).join('; ');
  try {
    execFileSync(process.execPath, [BUILD, '--bpf', SOURCE, '--out', OBJECT], { encoding: 'utf8' });
    return null;
  } catch (error) {
    return (error as { stdout?: string }).stdout ?? String(error);
  }
}
