// Which targets of the Makefile run, by whatever way they are named.
import { readFileSync } from 'node:fs';
import { inRepository } from '../../repository.ts';
import { type GithubFolder, jobsOf, stepsOf } from './files.ts';

const MAKE = './.github/actions/make';
const MAKE_WORKFLOW = './.github/workflows/make.yml';

interface Use {
  path: string;
  where: string;
  target: string;
}

export function makefileTargets(): string[] {
  return [...readFileSync(inRepository('Makefile'), 'utf8').matchAll(/^([a-z0-9-]+):/gm)].map(
    ([, name]) => name!,
  );
}

export function checkTargets(folder: GithubFolder): string[] {
  const targets = makefileTargets();
  return targetsUsed(folder)
    .filter(({ target }) => !targets.includes(target))
    .map(({ where, target }) => `${where}: the Makefile has no target ${target}`);
}

/** `make x` in a script, the action that makes, and the workflow that makes several. */
export function targetsUsed(folder: GithubFolder): Use[] {
  const steps = stepsOf(folder).flatMap(({ file: { path }, where, step, job }) => {
    const named =
      step.uses === MAKE ? expand(`${step.with?.target}`, job?.strategy?.matrix) : wordsAfterMake(step.run);
    return named.map((target) => ({ path, where, target }));
  });
  const lists = jobsOf(folder)
    .filter(({ job }) => job.uses === MAKE_WORKFLOW)
    .flatMap(({ file: { path }, where, job }) =>
      readList(`${job.with?.targets}`).map((target) => ({ path, where, target })),
    );
  return [...steps, ...lists];
}

function wordsAfterMake(script = ''): string[] {
  const withoutComments = script.replaceAll(/^\s*#.*$/gm, '');
  return [...withoutComments.matchAll(/\bmake((?:[ \t]+[^\s;&|<>]+)+)/g)]
    .flatMap(([, words]) => words!.trim().split(/\s+/))
    .filter((word) => !/^[-"$]|=/.test(word));
}

/** A target that is a value of the matrix is each of them; of what a caller hands in, its list is looked at instead. */
function expand(target: string, matrix: Record<string, unknown> = {}): string[] {
  const key = /^\$\{\{ matrix\.(\w+) \}\}$/.exec(target)?.[1];
  if (!key) return [target];
  const values = matrix[key];
  return Array.isArray(values) ? values.map(String) : [];
}

function readList(json: string): string[] {
  try {
    return JSON.parse(json) as string[];
  } catch {
    return [`(no list: ${json})`];
  }
}
