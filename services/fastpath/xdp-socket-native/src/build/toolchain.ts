import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Problem } from './problem.ts';

/** Compilers and their include folders. `CC` and `CLANG` in the environment choose others, e.g. a cross compiler. */
export interface Toolchain {
  readonly cc: string;
  readonly clang: string;
}

export const toolchainFromEnvironment = (): Toolchain => ({
  cc: process.env.CC || 'cc',
  clang: process.env.CLANG || 'clang',
});

const require = createRequire(import.meta.url);

export const LIBRARIES = ['-lxdp', '-lbpf'];

interface Need extends Problem {
  /** Compiled and linked to find out. */
  readonly source: string;
  readonly flags?: readonly string[];
}

const ADDON_NEEDS: readonly Need[] = [
  {
    what: 'the C library headers are missing',
    remedy: 'apt-get install libc6-dev',
    source: '#include <stdio.h>',
  },
  {
    what: 'the kernel headers are missing (linux/if_xdp.h)',
    remedy: 'apt-get install linux-libc-dev',
    source: '#include <linux/if_xdp.h>',
  },
  {
    what: 'libbpf is missing',
    remedy: 'apt-get install libbpf-dev',
    source: '#include <bpf/libbpf.h>',
    flags: ['-lbpf'],
  },
  {
    what: 'libxdp is missing',
    remedy: 'apt-get install libxdp-dev',
    source: '#include <xdp/xsk.h>\n#include <xdp/libxdp.h>',
    flags: ['-lxdp', '-lbpf'],
  },
];

const runs = (command: string): boolean =>
  spawnSync(command, ['--version'], { stdio: 'ignore' }).status === 0;

function compiles(cc: string, need: Need): boolean {
  const args = ['-x', 'c', '-', '-o', '/dev/null', ...(need.flags ?? [])];
  return spawnSync(cc, args, { input: `${need.source}\nint main(void) { return 0; }\n` }).status === 0;
}

/** Folder of node_api.h: of the package node-api-headers, else what came with this Node. */
export function nodeApiHeaders(): string | null {
  try {
    const packaged: unknown = require('node-api-headers');
    if (typeof packaged === 'object' && packaged !== null && 'include_dir' in packaged)
      return String(packaged.include_dir);
  } catch (error) {
    // Not installed: Node's own headers serve as well. Anything else is a fault of ours.
    if (!(error instanceof Error && 'code' in error && error.code === 'MODULE_NOT_FOUND')) throw error;
  }
  const own = join(dirname(process.execPath), '..', 'include', 'node');
  return existsSync(join(own, 'node_api.h')) ? own : null;
}

/** What building the addon needs and this machine has not. */
export function addonProblems({ cc }: Toolchain): Problem[] {
  if (process.platform !== 'linux')
    return [{ what: `AF_XDP is part of Linux; this is ${process.platform}`, remedy: 'run it on Linux' }];
  if (!runs(cc)) return [{ what: `there is no C compiler (${cc})`, remedy: 'apt-get install gcc libc6-dev' }];
  const missing = ADDON_NEEDS.filter((need) => !compiles(cc, need));
  const problems = missing.map(({ what, remedy }) => ({ what, remedy }));
  if (nodeApiHeaders() === null)
    problems.push({ what: 'node_api.h is missing', remedy: 'npm install node-api-headers' });
  return problems;
}

const BPF_HEADERS = '#include <linux/bpf.h>\n#include <bpf/bpf_helpers.h>\n#include <bpf/bpf_endian.h>\n';

/** What compiling a BPF program needs and this machine has not. */
export function bpfProblems(toolchain: Toolchain): Problem[] {
  const { clang } = toolchain;
  if (!runs(clang)) return [{ what: `there is no ${clang}`, remedy: 'apt-get install clang' }];
  const target = spawnSync(clang, ['-target', 'bpf', '-x', 'c', '-c', '-', '-o', '/dev/null'], { input: '' });
  if (target.status !== 0)
    return [{ what: `${clang} has no BPF target`, remedy: 'apt-get install clang llvm' }];
  const headers = spawnSync(
    clang,
    ['-target', 'bpf', ...systemIncludes(toolchain), '-x', 'c', '-E', '-', '-o', '/dev/null'],
    {
      input: BPF_HEADERS,
    },
  );
  if (headers.status === 0) return [];
  return [
    {
      what: 'headers for BPF programs are missing',
      remedy: 'apt-get install libbpf-dev linux-libc-dev libc6-dev',
    },
  ];
}

/** clang -target bpf looks only into /usr/include, but asm/types.h is in the folder of the machine's own target. */
export function systemIncludes({ cc, clang }: Toolchain): string[] {
  const asked = runs(cc) ? execFileSync(cc, ['-dumpmachine'], { encoding: 'utf8' }).trim() : '';
  const triplet = asked || execFileSync(clang, ['-print-target-triple'], { encoding: 'utf8' }).trim();
  // Debian's folder has no vendor part: x86_64-pc-linux-gnu is x86_64-linux-gnu.
  const folders = [triplet, triplet.replace(/-(pc|unknown)-/, '-')].map((name) => `/usr/include/${name}`);
  return folders.filter((folder) => existsSync(folder)).map((folder) => `-I${folder}`);
}
