import { expect, test } from 'vitest';
import { checkTargets, targetsUsed } from './targets.ts';
import { plant, useGithubFolder } from './testing/planted.ts';

const { real, expectFound } = useGithubFolder();

test('targets are found however they are named', () => {
  const uses = targetsUsed(real()).map(({ path, target }) => `${path.split('/').at(-1)} ${target}`);
  expect(uses).toEqual(
    expect.arrayContaining([
      'tripod.yml verify',
      'tripod.yml alpha',
      'tripod.yml test-databases',
      'api.yml test-unit',
    ]),
  );
  expect(uses.filter((use) => use.includes('$'))).toEqual([]);
  const several = plant(real(), 'workflows/tripod.yml', /target: charts/, `target: \${{ matrix.way }}`);
  const inMatrix = plant(
    several,
    'workflows/tripod.yml',
    '  charts:\n',
    '  charts:\n    strategy: {matrix: {way: [a, b]}}\n',
  );
  expect(targetsUsed(inMatrix).map(({ target }) => target)).toEqual(expect.arrayContaining(['a', 'b']));
});

test.each([
  ['in a script', 'tripod', 'run: make alpha', 'run: make alhpa', 'no target alhpa'],
  ['behind another word', 'tripod', 'run: make alpha', 'run: sudo -E make -s X=1 alhpa', 'no target alhpa'],
  ['in a list', 'api', '"test-unit"', '"test-units"', 'no target test-units'],
  ['in an action', 'tripod', 'target: test-databases', 'target: test-database', 'no target test-database'],
  ['in what is no list', 'api', '"test-unit",', '"test-unit"', 'no target (no list'],
])('finds one that does not exist %s', (_, file, from, to, problem) =>
  expectFound(checkTargets, `workflows/${file}.yml`, from, to, problem),
);
