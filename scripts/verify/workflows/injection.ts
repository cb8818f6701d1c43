// Text of strangers (titles, names of branches) must never become part of a script.
import { type GithubFolder, stepsOf } from './files.ts';

const EXPRESSION = /\$\{\{(.*?)\}\}/gs;
/** What anybody who opens a pull request may write. A number, a digest and a yes or no cannot do harm. */
const STRANGE =
  /\bgithub\.(head_ref|event(?!_name|_path|\.number\b|\.pull_request\.(number|head\.sha|base\.sha|draft)\b))/;

export function checkInjection(folder: GithubFolder): string[] {
  return [
    // An expression is put in before the shell reads the script: whatever it is, it goes there through the environment.
    ...stepsOf(folder)
      .filter(({ step }) => step.run?.includes('${{'))
      .map(({ where }) => `${where}: has an expression in its script; pass it in env`),
    ...[...folder.workflows, ...folder.actions].flatMap(({ path, text }) =>
      [...text.matchAll(EXPRESSION)]
        .filter(([, inner]) => STRANGE.test(inner!) || /toJSON\(\s*github\b/i.test(inner!))
        .map(([whole]) => `${path}: ${whole} is what a stranger may write`),
    ),
  ];
}
