// What an expression names exists: GitHub puts an empty text where it does not, and goes on.
import { readFileSync } from 'node:fs';
import { inRepository } from '../../repository.ts';
import type { Action, GithubFolder, Job, Mapping, Step, Workflow } from './files.ts';
import { jobsOf } from './files.ts';

/** Of the context github, what we use. Not `event`: see injection.ts. */
const GITHUB = ['actor', 'event_name', 'ref', 'repository', 'server_url', 'sha', 'token'];
const OUTPUTS: Record<string, string[]> = { 'docker/build-push-action': ['digest'] };
const REFERENCE =
  /(?<![\w.'-])(env|github|inputs|jobs|matrix|needs|runner|secrets|steps|strategy|vars)\.([\w-]+)((?:\.[\w-]+)*)/g;

/** What may be named at one place. */
interface Scope {
  env: string[];
  inputs: string[];
  matrix: string[];
  /** The outputs of each job that was waited for, and of each step before. */
  needs: Record<string, string[]>;
  steps: Record<string, string[]>;
}

export function checkReferences(folder: GithubFolder): string[] {
  return [
    ...jobsOf(folder).flatMap(({ file, where, job }) => problemsOfJob(folder, file, where, job)),
    ...folder.workflows.flatMap(({ path, content: { jobs: _, ...rest } }) =>
      unknownIn(rest, path, { ...NOTHING, inputs: inputsOf(rest as Workflow['content']) }),
    ),
    ...folder.actions.flatMap((action) => problemsOfAction(folder, action)),
  ];
}

const NOTHING: Scope = { env: [], inputs: [], matrix: [], needs: {}, steps: {} };
const keys = (mapping: unknown) => Object.keys((mapping as Mapping | undefined) ?? {});
const inputsOf = ({ on }: Pick<Workflow['content'], 'on'>) =>
  keys((on?.workflow_call as { inputs?: Mapping } | undefined)?.inputs);

function problemsOfJob(folder: GithubFolder, file: Workflow, where: string, job: Job): string[] {
  const { jobs, env } = file.content;
  const needed = [job.needs ?? []].flat();
  const scope: Scope = {
    env: [...keys(env), ...keys(job.env)],
    inputs: inputsOf(file.content),
    matrix: keys(job.strategy?.matrix),
    needs: Object.fromEntries(needed.map((name) => [name, keys(jobs[name]?.outputs)])),
    steps: {},
  };
  const { steps = [], outputs, ...rest } = job;
  const { problems, known } = problemsOfSteps(folder, steps, where, scope);
  return [
    ...needed.filter((name) => !jobs[name]).map((name) => `${where}: needs ${name}, which does not exist`),
    ...unknownIn(rest, where, scope),
    ...problems,
    ...unknownIn(outputs, where, { ...scope, steps: known }),
    ...(job.uses ? problemsOfCall(folder, job.uses, job.with, where) : []),
  ];
}

function problemsOfAction(folder: GithubFolder, { path, content }: Action): string[] {
  const scope = { ...NOTHING, inputs: keys(content.inputs) };
  const { problems, known } = problemsOfSteps(folder, content.runs.steps, path, scope);
  return [...problems, ...unknownIn(content.outputs, path, { ...scope, steps: known })];
}

function problemsOfSteps(folder: GithubFolder, steps: Step[], where: string, scope: Scope) {
  const known: Scope['steps'] = {};
  const problems: string[] = [];
  for (const [index, step] of steps.entries()) {
    const place = `${where} step ${index + 1}`;
    problems.push(
      ...unknownIn(step, place, { ...scope, env: [...scope.env, ...keys(step.env)], steps: { ...known } }),
    );
    if (step.uses?.startsWith('./')) problems.push(...problemsOfCall(folder, step.uses, step.with, place));
    if (step.id) known[step.id] = outputsOf(folder, step);
  }
  return { problems, known };
}

/** A script names its outputs itself, or is a file that does. */
function outputsOf({ actions, repository }: GithubFolder, { uses, run = '' }: Step): string[] {
  if (uses?.startsWith('./')) {
    return keys(actions.find(({ path }) => path === `${uses.slice(2)}/action.yml`)?.content.outputs);
  }
  if (uses) return OUTPUTS[uses.split('@')[0]!] ?? [];
  const files = repository.filter((path) => path.startsWith('.github/scripts/') && run.includes(path));
  const scripts = [run, ...files.map((path) => readFileSync(inRepository(path), 'utf8'))].join('\n');
  return [...scripts.matchAll(/echo "([\w-]+)=/g)].map(([, name]) => name!);
}

function unknownIn(value: unknown, where: string, scope: Scope): string[] {
  return textsIn(value).flatMap(({ text, isCondition }) => {
    const parts = isCondition ? [text] : [...text.matchAll(/\$\{\{(.*?)\}\}/gs)].map(([, inner]) => inner!);
    return parts
      .flatMap((part) => [...part.replaceAll(/'[^']*'/g, "''").matchAll(REFERENCE)])
      .filter(([, context, name, rest]) => !isKnown(context!, name!, rest!, scope))
      .map(([reference]) => `${where}: ${reference} does not exist there`);
  });
}

/** Of secrets and variables of the repository there is none: github.token is enough. */
function isKnown(context: string, name: string, rest: string, scope: Scope): boolean {
  const output = /^\.outputs\.([\w-]+)$/.exec(rest)?.[1];
  switch (context) {
    case 'github':
      return GITHUB.includes(name) && rest === '';
    case 'env':
    case 'inputs':
    case 'matrix':
      return scope[context].includes(name) && rest === '';
    case 'needs':
    case 'steps':
      return scope[context][name]?.includes(output ?? '') ?? false;
    default:
      return false;
  }
}

function textsIn(value: unknown, key = ''): { text: string; isCondition: boolean }[] {
  if (typeof value === 'string') return [{ text: value, isCondition: key === 'if' }];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, item]) => textsIn(item, name));
}

function problemsOfCall(folder: GithubFolder, uses: string, given: Mapping = {}, where: string): string[] {
  const inputs = calledInputs(folder, uses.slice(2));
  if (!inputs) return [`${where}: ${uses} does not exist`];
  return [
    ...keys(given)
      .filter((name) => !Object.hasOwn(inputs, name))
      .map((name) => `${where}: ${uses} has no input ${name}`),
    ...Object.entries(inputs as Record<string, { required?: boolean }>)
      .filter(([name, { required }]) => required && !(name in given))
      .map(([name]) => `${where}: ${uses} needs the input ${name}`),
  ];
}

function calledInputs({ workflows, actions }: GithubFolder, path: string): Mapping | undefined {
  const action = actions.find((file) => file.path === `${path}/action.yml`);
  if (action) return action.content.inputs ?? {};
  const on = workflows.find((file) => file.path === path)?.content.on;
  if (!on || !('workflow_call' in on)) return undefined;
  return (on.workflow_call as { inputs?: Mapping } | null)?.inputs ?? {};
}
