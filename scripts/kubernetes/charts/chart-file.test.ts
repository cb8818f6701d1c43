import { expect, test } from 'vitest';
import { withVersion } from './chart-file.ts';

const FILE = `name: api
version: 0.1.0
appVersion: 0.1.0
dependencies:
  - name: tripod-common
    version: ">=0.0.0-0"
`;

test('chart and images get the version, dependencies keep theirs', () => {
  expect(withVersion(FILE, '1.2.3')).toBe(FILE.replaceAll('0.1.0', '1.2.3'));
});

test('a chart that does not say its version is told', () => {
  expect(() => withVersion('name: api\nversion: 1.0.0\n', '1.2.3')).toThrow('0 lines with appVersion');
});
