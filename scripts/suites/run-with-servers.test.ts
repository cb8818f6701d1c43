import { expect, test } from 'vitest';
import { withProblems } from './run-with-servers.ts';

const result = { name: 'databases', seconds: 1, passed: 5, failures: [], skipped: [] };
const problem = 'mysql cannot be started: there is no mysqld\nthe end of its log';

test('a server that cannot be started is a failure in CI, and a line that says why elsewhere', () => {
  expect(withProblems(result, [], true)).toEqual(result);
  expect(withProblems(result, [problem], true)).toMatchObject({
    passed: 5,
    failures: ['mysql cannot be started: there is no mysqld'],
  });
  expect(withProblems(result, [problem], false)).toMatchObject({
    failures: [],
    skipped: ['mysql cannot be started: there is no mysqld'],
  });
});
