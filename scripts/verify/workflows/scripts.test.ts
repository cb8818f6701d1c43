import { expect, test } from 'vitest';
import { checkFilesOfScripts, checkSyntax, checkVariables } from './scripts.ts';
import { plant, useGithubFolder } from './testing/planted.ts';

const { real, expectFound } = useGithubFolder();

test('variables are set, and bash reads every script', async () => {
  expect(checkVariables(real())).toEqual([]);
  expect(await checkSyntax(real())).toEqual([]);
});

test('finds a file that does not exist', () => {
  const run = 'run: .github/scripts/describe-cluster.sh';
  expectFound(
    checkFilesOfScripts,
    'workflows/tripod.yml',
    run,
    `${run.slice(0, -3)}s.sh`,
    'there is no .github/scripts/describe-clusters.sh',
  );
  expectFound(
    checkFilesOfScripts,
    'workflows/tripod.yml',
    run,
    'run: ls "$PWD" k8s/kustomise',
    'there is no k8s/kustomise',
  );
});

test('finds a script that nothing runs', () => {
  const problem = '.github/scripts/describe-cluster.sh: nothing runs it';
  expectFound(
    checkFilesOfScripts,
    'workflows/tripod.yml',
    'run: .github/scripts/describe-cluster.sh',
    'run: "true"',
    problem,
  );
});

test.each([
  ['in a word', 'workflows/release.yml', '"$PLACE/charts"', '"$PLACES/charts"', 'nothing sets $PLACES'],
  ['in braces', 'workflows/release.yml', '{GITHUB_REPOSITORY_OWNER,,}', '{OWNER,,}', 'nothing sets $OWNER'],
  ['of a loop', 'workflows/tripod.yml', 'for url in', 'for uri in', 'nothing sets $url'],
  ['of an action', 'actions/make/action.yml', 'TARGET: ', 'GOAL: ', 'nothing sets $TARGET'],
  ['of the step', 'workflows/release.yml', 'DIGEST: ', 'DIGESTS: ', 'nothing sets $DIGEST'],
])('finds a variable %s that nothing sets', (_, path, from, to, problem) =>
  expectFound(checkVariables, path, from, to, problem),
);

test('finds what bash cannot read', async () => {
  const planted = plant(real(), 'workflows/tripod.yml', 'done\n', '\n');
  expect((await checkSyntax(planted)).join('\n')).toMatch(
    /tripod\.yml job databases step 2: .*syntax error/s,
  );
});
