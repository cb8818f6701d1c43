import { expect, test } from 'vitest';
import { checkInjection } from './injection.ts';
import { useGithubFolder } from './testing/planted.ts';

const { real, expectFound } = useGithubFolder();
const inEnv = (expression: string) => `IS_PULL_REQUEST: \${{ ${expression} }}`;

test('no expression is in a script, and no text of a stranger anywhere', () => {
  expect(checkInjection(real())).toEqual([]);
});

test.each([
  ['tripod', 'make smoke-alpha\n', `make "\${{ matrix.way }}"\n`],
  ['release', 'version=$(', `version=\${{ github.ref_name }} x=$(`],
])('finds an expression in a script of %s', (file, from, to) =>
  expectFound(
    checkInjection,
    `workflows/${file}.yml`,
    `run: ${from}`.replace('run: version', 'version'),
    to.startsWith('make') ? `run: ${to}` : to,
    'has an expression in its script',
  ),
);

test('finds an expression in a script of an action', () => {
  const run = `run: make "\${{ inputs.target }}"`;
  expectFound(
    checkInjection,
    'actions/make/action.yml',
    'run: make "$TARGET"',
    run,
    'action.yml step 2: has an expression',
  );
});

test.each([
  'github.event.pull_request.title',
  'github.event.pull_request.head.ref',
  'github.event.issue.body',
  'github.head_ref',
  'github.event',
  'toJSON(github)',
])('finds %s, also in the environment', (expression) => {
  const from = /IS_PULL_REQUEST: .*/;
  expectFound(
    checkInjection,
    'workflows/tripod.yml',
    from,
    inEnv(expression),
    `${expression} }} is what a stranger may write`,
  );
});
