import { beforeAll, expect } from 'vitest';
import { type Action, type GithubFolder, parse, readGithubFolder, type Workflow } from '../files.ts';

type Check = (folder: GithubFolder) => string[];

/** The real files, for tests that plant a defect into a copy of one. */
export function useGithubFolder(): {
  real: () => GithubFolder;
  expectFound: (check: Check, path: string, from: string | RegExp, to: string, problem: string) => void;
} {
  let folder: GithubFolder;
  beforeAll(async () => {
    folder = await readGithubFolder();
  });
  return {
    real: () => folder,
    /** With `from` replaced by `to` in this file the check must find this problem, and without not. */
    expectFound(check, path, from, to, problem) {
      expect(check(folder).join('\n')).not.toContain(problem);
      expect(check(plant(folder, path, from, to)).join('\n')).toContain(problem);
    },
  };
}

/** The same files, but for one place in one of them. */
export function plant(folder: GithubFolder, path: string, from: string | RegExp, to: string): GithubFolder {
  const change = <T extends { path: string; text: string }>(file: T): T => {
    if (file.path !== `.github/${path}`) return file;
    const text = file.text.replace(from, () => to);
    expect(text, `${path} has no ${from}`).not.toBe(file.text);
    return parse<T>(file.path, text);
  };
  const planted = {
    ...folder,
    workflows: folder.workflows.map((file) => change<Workflow>(file)),
    actions: folder.actions.map((file) => change<Action>(file)),
    dependabot: change(folder.dependabot),
  };
  const files = [...planted.workflows, ...planted.actions, planted.dependabot];
  expect(files.map((file) => file.path)).toContain(`.github/${path}`);
  return planted;
}
