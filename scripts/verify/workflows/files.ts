// What .github holds, read and parsed: the material of every check in this folder.
import { globSync, readFileSync } from 'node:fs';
import { parseDocument } from 'yaml';
import { repositoryRoot } from '../../repository.ts';
import { run } from '../run-command.ts';

export type Mapping = Record<string, unknown>;

export interface Step {
  id?: string;
  uses?: string;
  with?: Mapping;
  run?: string;
  env?: Mapping;
  shell?: string;
}

export interface Job {
  permissions?: Mapping | string;
  uses?: string;
  with?: Mapping;
  secrets?: unknown;
  needs?: string | string[];
  env?: Mapping;
  outputs?: Mapping;
  strategy?: { matrix?: Mapping };
  steps?: Step[];
  [key: string]: unknown;
}

export interface Workflow {
  path: string;
  text: string;
  content: {
    on: Mapping;
    permissions?: Mapping | string;
    env?: Mapping;
    jobs: Record<string, Job>;
    [key: string]: unknown;
  };
}

export interface Action {
  path: string;
  text: string;
  content: { inputs?: Mapping; outputs?: Mapping; runs: { steps: Step[] }; [key: string]: unknown };
}

export interface GithubFolder {
  workflows: Workflow[];
  actions: Action[];
  /** .github/dependabot.yml */
  dependabot: { path: string; text: string; content: Mapping };
  /** Every file of the repository that is no build product, relative to its top. */
  repository: string[];
}

export async function readGithubFolder(): Promise<GithubFolder> {
  const read = <T>(path: string) => parse<T>(path, readFileSync(`${repositoryRoot}/${path}`, 'utf8'));
  const find = (pattern: string) => globSync(pattern, { cwd: repositoryRoot }).sort();
  const listed = await run('git', 'ls-files', '-z', '--cached', '--others', '--exclude-standard');
  return {
    workflows: find('.github/workflows/*').map((path) => read<Workflow>(path)),
    actions: find('.github/actions/*/*').map((path) => read<Action>(path)),
    dependabot: read('.github/dependabot.yml'),
    repository: listed.split('\0').filter(Boolean),
  };
}

/** @throws with the parser's message for what is no YAML, or says one thing twice. */
export function parse<T>(path: string, text: string): T {
  const document = parseDocument(text);
  const [problem] = [...document.errors, ...document.warnings];
  if (problem) throw new Error(`${path}: ${problem.message}`);
  return { path, text, content: document.toJS() } as T;
}

export interface StepPlace {
  file: Workflow | Action;
  /** For messages: file, job and number of the step. */
  where: string;
  step: Step;
  /** Those that precede it. */
  before: Step[];
  /** Of a workflow. */
  job?: Job;
}

/** Every step there is, in workflows and in composite actions. */
export function stepsOf({ workflows, actions }: GithubFolder): StepPlace[] {
  const places = (file: Workflow | Action, name: string, steps: Step[] = [], job?: Job): StepPlace[] =>
    steps.map((step, index) => ({
      file,
      where: `${name} step ${index + 1}`,
      step,
      before: steps.slice(0, index),
      ...(job && { job }),
    }));
  return [
    ...jobsOf({ workflows }).flatMap(({ file, where, job }) => places(file, where, job.steps, job)),
    ...actions.flatMap((file) => places(file, file.path, file.content.runs?.steps)),
  ];
}

export interface JobPlace {
  file: Workflow;
  where: string;
  name: string;
  job: Job;
}

export function jobsOf({ workflows }: Pick<GithubFolder, 'workflows'>): JobPlace[] {
  return workflows.flatMap((file) =>
    Object.entries(file.content.jobs ?? {}).map(([name, job]) => ({
      file,
      where: `${file.path} job ${name}`,
      name,
      job,
    })),
  );
}

/** Services with an image, from their Dockerfiles. */
export function servicesOf({ repository }: GithubFolder): string[] {
  return repository.flatMap((path) => /^services\/([^/]+)\/Dockerfile$/.exec(path)?.[1] ?? []).sort();
}
