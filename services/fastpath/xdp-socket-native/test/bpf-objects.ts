import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { buildBpf } from '../src/build/build.ts';
import { PACKAGE } from './default-program.ts';

/** The default program under a name that nobody else on this machine uses: program and XSKMAP are called `name`. */
export function namedProgram(folder: string, name: string): string {
  const source = readFileSync(join(PACKAGE, 'bpf/udp-to-xsk.bpf.c'), 'utf8');
  const copy = join(folder, 'named.bpf.c');
  writeFileSync(copy, source.replace('udp_to_xsk', name).replaceAll('xsks', `${name}_map`));
  const { problems } = buildBpf(copy, join(folder, 'named.bpf.o'));
  if (problems.length > 0) throw new Error(problems.map(({ what, remedy }) => `${what}: ${remedy}`).join());
  return join(folder, 'named.bpf.o');
}

/** Counts programs and maps of namedProgram in the kernel. */
export class BpfObjects {
  readonly #command: string;
  readonly #names: readonly string[];

  constructor(folder: string, name: string) {
    this.#command = join(folder, 'count-bpf-objects');
    this.#names = [name, `${name}_map`];
    const source = join(PACKAGE, 'test/count-bpf-objects.c');
    execFileSync('cc', ['-O2', '-Wall', '-Wextra', '-Werror', source, '-lbpf', '-o', this.#command]);
  }

  count(): number {
    const counts = this.#names.map((name) =>
      Number(execFileSync(this.#command, [name], { encoding: 'utf8' })),
    );
    return counts.reduce((sum, count) => sum + count, 0);
  }

  /** The kernel frees them a while after the last reference went. @returns how many are left in the end */
  async settle(): Promise<number> {
    for (let attempt = 0; attempt < 200 && this.count() > 0; attempt++) await sleep(25);
    return this.count();
  }
}
