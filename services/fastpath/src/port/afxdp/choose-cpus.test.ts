import { expect, test } from 'vitest';
import { chooseCpus } from './choose-cpus.ts';

test.each([
  ['one for each, on the node, the last first', 2, [4, 5, 6, 7], [0, 1, 4, 5, 6, 7], [7, 6]],
  ['only those that the process may use', 2, [4, 5, 6, 7], [0, 4, 5], [5, 4]],
  ['shared when there are too few', 3, [0, 1], [0, 1], [1, 0, 1]],
  ['any of its own when it may use none of the node', 2, [4, 5], [0, 1], [1, 0]],
  ['any of its own when the node is unknown', 1, [], [0, 1], [1]],
])('%s', (_what, workers, ofNode, allowed, chosen) => {
  expect(chooseCpus(workers, ofNode, allowed)).toEqual(chosen);
});
