import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { build, buildBpf } from './build.ts';
import type { BuildStatus } from './problem.ts';

const USAGE = `usage: [--optional] [--folder DIR] [BPF-SOURCE...]
       [--optional] --bpf BPF-SOURCE --out FILE
--optional: exit code 0 also when something is missing`;

function run(args: readonly string[]): { status: BuildStatus; optional: boolean } {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      optional: { type: 'boolean', default: false },
      folder: { type: 'string' },
      bpf: { type: 'string' },
      out: { type: 'string' },
    },
  });
  const { optional, folder, bpf, out } = values;
  if ((bpf === undefined) !== (out === undefined)) throw new TypeError('--bpf and --out belong together');
  if (bpf !== undefined && out !== undefined)
    return { status: buildBpf(resolve(bpf), resolve(out)), optional };
  const sources = positionals.map((source) => resolve(source));
  const options = folder === undefined ? {} : { folder: resolve(folder) };
  return { status: build(sources.length === 0 ? options : { ...options, bpf: sources }), optional };
}

/** The command line; sets the exit code. */
export function main(args: readonly string[]): void {
  try {
    const { status, optional } = run(args);
    for (const { what, remedy } of status.problems) console.log(`${what}: ${remedy}`);
    if (!status.ok && !optional) process.exitCode = 1;
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    console.error(`${error.message}\n${USAGE}`);
    process.exitCode = 2;
  }
}
