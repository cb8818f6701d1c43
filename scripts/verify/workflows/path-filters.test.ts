import { expect, test } from 'vitest';
import { checkPathFilters } from './path-filters.ts';
import { useGithubFolder } from './testing/planted.ts';

const { real, expectFound } = useGithubFolder();

test('a change starts the workflows of the services that it changes', () => {
  expect(checkPathFilters(real())).toEqual([]);
});

test.each([
  [
    'the service itself',
    'api',
    '- services/api/**',
    '- services/api/src/**',
    'a change of services/api/Dockerfile does not start it',
  ],
  [
    'the contract between services',
    'fastpath',
    '      - proto/**\n',
    '',
    'a change of proto/fastpath/v1/fastpath.proto does not start it',
  ],
  [
    'the document of the API',
    'webui',
    '      - services/api/openapi.json\n',
    '',
    'a change of services/api/openapi.json does not start it',
  ],
  ['the scripts', 'api', '      - scripts/**\n', '', 'a change of scripts/bootstrap.sh does not start it'],
  ['the lockfile', 'api', '      - pnpm-lock.yaml\n', '', 'a change of pnpm-lock.yaml does not start it'],
  [
    'the workflow',
    'api',
    '      - .github/workflows/api.yml\n',
    '',
    'a change of .github/workflows/api.yml does not start it',
  ],
  [
    'a workflow that it calls',
    'api',
    '      - .github/workflows/make.yml\n',
    '',
    'a change of .github/workflows/make.yml does not start it',
  ],
])('finds that %s is not watched', (_, file, from, to, problem) =>
  expectFound(checkPathFilters, `workflows/${file}.yml`, from, to, problem),
);

test.each([
  ['a path that is gone', '- proto/**', '- protos/**', 'protos/** matches no file'],
  [
    'another service',
    '- proto/**',
    '- proto/**\n      - services/webui/**',
    'a change of services/webui/package.json starts it for nothing',
  ],
  [
    'events that differ',
    'paths: *paths',
    'paths: [services/api/**]',
    'pull_request and push have different paths',
  ],
])('finds %s', (_, from, to, problem) =>
  expectFound(checkPathFilters, 'workflows/api.yml', from, to, problem),
);

test('finds a service without a workflow', () => {
  const folder = real();
  const grown = { ...folder, repository: [...folder.repository, 'services/fourth/Dockerfile'] };
  expect(checkPathFilters(grown)).toEqual(['fourth has no .github/workflows/fourth.yml']);
});
