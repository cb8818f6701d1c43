import { expect, test } from 'vitest';
import { readme } from './readme.ts';

const CHART = { name: 'api', description: 'The API', dependencies: [{ name: 'tripod-common' }] };
const rows = (...values: { path: string; default: unknown; comment: string }[]) =>
  readme(CHART, { introduction: 'First.', values })
    .split('\n')
    .filter((line) => line.startsWith('| `'));

test('it names chart and description, and how to install it', () => {
  const text = readme(CHART, { introduction: 'First.', values: [] });
  expect(text).toMatch(/^# Chart api\n\nThe API\. /);
  expect(text).toContain('helm upgrade --install tripod k8s/helm/api ');
  expect(text).toContain('\nFirst. Examples');
});

test('an umbrella leads to its parts, and not to the library', () => {
  const dependencies = [...CHART.dependencies, { name: 'webui', condition: 'webui.enabled' }];
  const text = readme({ ...CHART, dependencies }, { introduction: '', values: [] });
  expect(text).toContain('[webui](../webui/README.md).');
  expect(text).not.toContain('tripod-common');
});

test('a row for each value, whose text cannot end its cell or turn into something else', () => {
  expect(
    rows(
      { path: 'a.b', default: 'x|y', comment: 'A | B, DB_HOST, <none>, `x_y`.' },
      { path: 'c', default: null, comment: 'C.' },
    ),
  ).toEqual(['| `a.b` | `"x\\|y"` | A \\| B, DB\\_HOST, \\<none>, `x_y`. |', '| `c` | `null` | C. |']);
});

test('a default that is too long is left to the file', () => {
  expect(rows({ path: 'a', default: 'x'.repeat(100), comment: 'A.' })).toEqual([
    '| `a` | see [values.yaml](values.yaml) | A. |',
  ]);
});
