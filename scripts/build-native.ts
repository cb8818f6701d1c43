// Builds the AF_XDP addon and the BPF program of the fast path where this machine can; elsewhere says what is missing
// and which package brings it. The product runs without them, on ordinary UDP sockets. Silent when all is well.
import { spawnSync } from 'node:child_process';
import { inRepository } from './repository.ts';

const BUILD = inRepository('services/fastpath/xdp-socket-native/build.ts');
const GUARD = ['--bpf', 'services/fastpath/bpf/guard.bpf.c', '--out', 'services/fastpath/build/guard.bpf.o'];

/** What the build says is missing, one line each. */
function build(args: readonly string[]): string[] {
  const { status, signal, stdout } = spawnSync(process.execPath, [BUILD, '--optional', ...args], {
    cwd: inRepository(''),
    stdio: ['ignore', 'pipe', 'inherit'],
    encoding: 'utf8',
  });
  if (status !== 0)
    throw new Error(`the AF_XDP addon was not built (${signal ?? `exit code ${status}`})\n${stdout}`);
  return stdout.split('\n').filter((line) => line !== '');
}

const missing = new Set([...build([]), ...build(GUARD)]);
if (missing.size > 0) {
  console.error('tripod: no AF_XDP in this build; ordinary UDP sockets serve instead. To change that:');
  for (const line of missing) console.error(`  ${line}`);
}
