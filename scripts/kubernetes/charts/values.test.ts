import { expect, test } from 'vitest';
import { readValues } from './values.ts';

const FILE = `# Secrets are never values:
# they exist before.

# How many.
replicas: 1
image:
  # Without tag.
  repository: tripod-api
  # Empty: that of
  # the chart.
  tag: ""
# Of a container.
resources:
  limits:
    memory: 1Gi
# Variables.
env:
  # Where this runs.
  APP_ENV: production
ca:
  file:
    # Its key.
    key: ca.crt
`;

test('each value has its path, its default and its comment; maps without comments inside are one value', () => {
  expect(readValues(FILE)).toEqual({
    introduction: 'Secrets are never values: they exist before.',
    values: [
      { path: 'replicas', default: 1, comment: 'How many.' },
      { path: 'image.repository', default: 'tripod-api', comment: 'Without tag.' },
      { path: 'image.tag', default: '', comment: 'Empty: that of the chart.' },
      { path: 'resources', default: { limits: { memory: '1Gi' } }, comment: 'Of a container.' },
      { path: 'env.APP_ENV', default: 'production', comment: 'Where this runs.' },
      { path: 'ca.file.key', default: 'ca.crt', comment: 'Its key.' },
    ],
  });
});

test.each([
  ['at the top', '# Values.\n\na: 1\n', 'a has no comment'],
  ['inside', '# Values.\n\nb:\n  # What.\n  c: 1\n  d: 2\n', 'b.d has no comment'],
  ['first of a map', '# Values.\n\nb:\n  c: 1\n  # What.\n  d: 2\n', 'b.c has no comment'],
  ['a map of maps', '# Values.\n\nb:\n  c:\n    d: 2\n', 'b has no comment'],
])('a value without a comment is told: %s', (_, text, problem) => {
  expect(() => readValues(text)).toThrow(problem);
});

test('what is no YAML, or no map, is told', () => {
  expect(() => readValues('a: [')).toThrow();
  expect(() => readValues('- a')).toThrow('no map');
});
