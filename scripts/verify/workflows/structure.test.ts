import { expect, test } from 'vitest';
import { parse } from './files.ts';
import { checkStructure } from './structure.ts';
import { useGithubFolder } from './testing/planted.ts';

const { real, expectFound } = useGithubFolder();

test('the structure of every file is known', () => {
  expect(real().workflows.length).toBeGreaterThan(4);
  expect(real().actions.length).toBeGreaterThan(1);
  expect(checkStructure(real())).toEqual([]);
});

test.each([
  [
    'a key of a job',
    'workflows/make.yml',
    'timeout-minutes',
    'timeout-minute',
    'jobs.make: unknown key timeout-minute',
  ],
  ['a key of a step', 'workflows/make.yml', 'uses: actions', 'use: actions', 'steps[0]: unknown key use'],
  ['a key of a workflow', 'workflows/make.yml', 'defaults:', 'default:', 'make.yml: unknown key default'],
  ['a right', 'workflows/make.yml', 'contents: read', 'content: read', 'permissions: unknown key content'],
  ['a level of a right', 'workflows/make.yml', 'contents: read', 'contents: reed', 'is reed, none of read'],
  [
    'all rights at once',
    'workflows/make.yml',
    'permissions: {}',
    'permissions: write-all',
    'permissions: is no mapping',
  ],
  [
    'code of strangers',
    'workflows/tripod.yml',
    'pull_request:',
    'pull_request_target:',
    'unknown key pull_request_target',
  ],
  ['a type', 'workflows/make.yml', 'timeout-minutes: 90', 'timeout-minutes: soon', 'is no number of minutes'],
  ['another shell', 'workflows/make.yml', 'shell: bash', 'shell: sh', 'is sh, none of bash'],
  ['no shell in an action', 'actions/make/action.yml', /shell: bash\n/, '\n', 'has no shell'],
  [
    'an output without a value',
    'actions/base-images/action.yml',
    /value: \$.*node \}\}\n/,
    'value: node\n',
    'is no expression',
  ],
  ['a merge key', 'workflows/api.yml', 'paths: *paths', '<<: *paths', 'unknown key <<'],
  ['another runner', 'workflows/image.yml', 'ubuntu-24.04', 'ubuntu-latest', 'is ubuntu-latest'],
  ['an ecosystem', 'dependabot.yml', 'github-actions', 'github_actions', 'is github_actions, none of'],
])('finds %s', (_, path, from, to, problem) => expectFound(checkStructure, path, from, to, problem));

test('finds what is no YAML, and what is said twice', () => {
  expect(() => parse('x.yml', 'on: [push')).toThrow(/^x\.yml: /);
  expect(() => parse('x.yml', 'on: {}\non: {}')).toThrow(/x\.yml: Map keys must be unique/);
});
