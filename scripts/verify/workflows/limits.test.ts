import { expect, test } from 'vitest';
import { checkLimits } from './limits.ts';
import { useGithubFolder } from './testing/planted.ts';

const { real, expectFound } = useGithubFolder();

test('every job has limits', () => expect(checkLimits(real())).toEqual([]));

test.each([
  ['no end', 'make', /timeout-minutes: \d+\n/, '\n', 'job make: has no timeout-minutes'],
  ['an end that is far', 'make', /timeout-minutes: \d+/, 'timeout-minutes: 360', 'may take more than'],
  ['runs beside one another', 'api', /concurrency:\n.*\n.*\n/, '', 'its concurrency group is not api-'],
  ['a group of another workflow', 'api', 'group: api-', 'group: webui-', 'its concurrency group is not api-'],
  [
    'a workflow that waits for its caller',
    'tripod',
    'group: tripod-',
    `group: \${{ github.workflow }}-`,
    'its concurrency group is not tripod-',
  ],
  ['a shell that goes on', 'tripod', /defaults:\n.*\n.*\n/, '', 'does not say that its shell is bash'],
])('finds %s', (_, file, from, to, problem) =>
  expectFound(checkLimits, `workflows/${file}.yml`, from, to, problem),
);
