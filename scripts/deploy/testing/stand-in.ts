import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { vi } from 'vitest';
import { findKubectl } from '../../kubernetes/tools.ts';
import { inRepository } from '../../repository.ts';

const PROGRAMS = ['kubectl', 'docker', 'podman', 'buildah', 'kind', 'k3d', 'minikube', 'microk8s', 'nerdctl'];

/** `pattern` of bash on the whole call, `kubectl …`; the first that fits answers. What fits none succeeds silently. */
export type Answer = readonly [pattern: string, answer: string | object, code?: number | 'stay'];

export interface StandIn extends Disposable {
  directory: string;
  /** What is answered before, and after, something was applied. */
  answers(before: readonly Answer[], after?: readonly Answer[]): void;
  /** Every call so far, without its first two arguments when they are a context. */
  calls(): string[];
  /** What was applied, or checked by a dry run. */
  yaml(which: 'applied' | 'checked'): string;
}

/** Puts programs on the PATH that only answer. Modules that ran a program before must be imported again. */
export async function createStandIn(): Promise<StandIn> {
  vi.stubEnv('STAND_IN_KUBECTL', await findKubectl());
  vi.resetModules();
  const directory = mkdtempSync(join(tmpdir(), 'tripod-stand-in-'));
  const bin = join(directory, 'bin');
  mkdirSync(bin);
  cpSync(inRepository('scripts/deploy/testing/stand-in.sh'), join(bin, 'stand-in.sh'));
  chmodSync(join(bin, 'stand-in.sh'), 0o755);
  for (const program of PROGRAMS) symlinkSync('stand-in.sh', join(bin, program));
  vi.stubEnv('PATH', `${bin}${delimiter}${process.env.PATH}`);
  const write = (name: string, rows: readonly Answer[]) =>
    writeFileSync(join(directory, name), rows.map(line).join(''));
  const read = (name: string) => readFileSync(join(directory, name), 'utf8');
  return {
    directory,
    answers(before, after = before) {
      for (const name of ['calls', 'is-applied', 'applied.yaml', 'checked.yaml']) {
        rmSync(join(directory, name), { force: true });
      }
      write('calls', []);
      write('table', before);
      write('table-applied', after);
    },
    calls: () =>
      read('calls')
        .trim()
        .split('\n')
        .map((call) => call.replace(/ --context \S+/, '')),
    yaml: (which) => read(`${which}.yaml`),
    [Symbol.dispose]() {
      vi.unstubAllEnvs();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

function line([pattern, answer, code = 0]: Answer): string {
  const text = typeof answer === 'string' ? answer.replaceAll('\n', '\\n') : JSON.stringify(answer);
  return `${[pattern, code, text].join('\t')}\n`;
}
