import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { arch } from 'node:process';
import { fileURLToPath } from 'node:url';

const SOURCES = fileURLToPath(new URL('./', import.meta.url));
const OUTPUT = fileURLToPath(new URL('../../build/bench/', import.meta.url));
const C_FLAGS = ['-std=gnu11', '-O2', '-g', '-Wall', '-Wextra', '-Werror'];
const PROGRAMS = {
  echo: ['echo.c', 'find-xskmap.c', 'xsk-port.c'],
  generator: [
    'generator.c',
    'generator-options.c',
    'frames.c',
    'reply-counter.c',
    'round-trips.c',
    'sender.c',
    'xsk-port.c',
  ],
};
// Debian keeps asm/types.h, which the BPF target needs too, in a folder named after the machine.
const MULTIARCH = { x64: 'x86_64-linux-gnu', arm64: 'aarch64-linux-gnu' }[arch as string] ?? arch;

/**
 * Builds the C programs of the benchmark.
 * @returns the folder they are in
 * @throws when a compiler or a library is missing: `apt-get install gcc clang libxdp-dev libbpf-dev`
 */
export function buildPrograms(): string {
  mkdirSync(OUTPUT, { recursive: true });
  for (const [name, sources] of Object.entries(PROGRAMS)) {
    run('cc', [...C_FLAGS, '-o', `${OUTPUT}${name}`, ...sources, '-lxdp', '-lbpf']);
  }
  const bpfFlags = ['-O2', '-g', '-target', 'bpf', '-Wall', '-Werror', `-I/usr/include/${MULTIARCH}`];
  run('clang', [...bpfFlags, '-c', '-o', `${OUTPUT}replies.bpf.o`, 'replies.bpf.c']);
  return OUTPUT;
}

function run(command: string, args: readonly string[]): void {
  execFileSync(command, args, { cwd: SOURCES, stdio: ['ignore', 'inherit', 'inherit'] });
}

if (import.meta.main) buildPrograms();
