// What the scripts in workflows name exists: files, and variables that something set. Bash itself says whether it can
// read them.
import { readFileSync, statSync } from 'node:fs';
import { inRepository } from '../../repository.ts';
import { run } from '../run-command.ts';
import { type GithubFolder, stepsOf } from './files.ts';

/** From the runner and the shell. */
const GIVEN = /^(GITHUB_\w+|RUNNER_\w+|CI|HOME|PATH|PWD|TZ)$/;
const FOLDERS = 'scripts|services|tests|k8s|config|proto|docs|\\.github|\\.ci';
const FILE = new RegExp(`(?<![\\w/.$}-])(?:\\./)?((?:${FOLDERS})/[\\w./@-]+)`, 'g');

interface Script {
  where: string;
  text: string;
  /** Variables that the steps around it set. */
  variables: string[];
}

function scriptsOf(folder: GithubFolder): Script[] {
  const steps = stepsOf(folder).flatMap(({ where, step, job, file }) => {
    if (!step.run) return [];
    const variables = [step.env, job?.env, file.content.env as object | undefined].flatMap((env) =>
      Object.keys(env ?? {}),
    );
    return [{ where, text: step.run, variables }];
  });
  const files = folder.repository
    .filter((path) => /^\.github\/scripts\/.*\.sh$/.test(path))
    .map((path) => ({ where: path, text: readFileSync(inRepository(path), 'utf8'), variables: [] }));
  return [...steps, ...files];
}

export function checkFilesOfScripts(folder: GithubFolder): string[] {
  const { repository } = folder;
  const scripts = scriptsOf(folder);
  const known = (path: string) => repository.some((file) => file === path || file.startsWith(`${path}/`));
  const named = scripts.flatMap(({ where, text }) =>
    [...withoutComments(text).matchAll(FILE)].map(([, path]) => ({
      where,
      path: path!.replace(/[./]+$/, ''),
    })),
  );
  const own = repository.filter((path) => path.startsWith('.github/scripts/'));
  return [
    ...named.filter(({ path }) => !known(path)).map(({ where, path }) => `${where}: there is no ${path}`),
    ...own
      .filter((path) => path.endsWith('.sh') && (statSync(inRepository(path)).mode & 0o111) === 0)
      .map((path) => `${path}: cannot be executed`),
    ...own
      .filter((path) => !named.some((use) => use.path === path))
      .map((path) => `${path}: nothing runs it`),
  ];
}

export function checkVariables(folder: GithubFolder): string[] {
  return scriptsOf(folder).flatMap(({ where, text, variables }) => {
    const code = withoutComments(text).replaceAll(/'[^']*'/g, "''");
    const assigned = [
      ...code.matchAll(/(?:\b(\w+)\+?=|\bfor (\w+) in|\b(?:local|read|mapfile)((?: -?\w+)+))/g),
    ]
      .flatMap(([, one, loop, several]) => [one, loop, ...(several?.trim().split(' ') ?? [])])
      .filter((name) => name !== undefined);
    const used = [...code.matchAll(/\$\{?[!#]?([A-Za-z_]\w*)/g)].map(([, name]) => name!);
    return [...new Set(used)]
      .filter((name) => !GIVEN.test(name) && !variables.includes(name) && !assigned.includes(name))
      .map((name) => `${where}: nothing sets $${name}`);
  });
}

export async function checkSyntax(folder: GithubFolder): Promise<string[]> {
  const problems: string[] = [];
  for (const { where, text } of scriptsOf(folder)) {
    await run('bash', '-n', '-c', text).catch((error: Error) => problems.push(`${where}: ${error.message}`));
  }
  return problems;
}

const withoutComments = (text: string) => text.replaceAll(/(^|\s)#.*$/gm, '$1');
