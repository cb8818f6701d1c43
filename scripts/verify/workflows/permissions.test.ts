import { expect, test } from 'vitest';
import { checkPermissions } from './permissions.ts';
import { useGithubFolder } from './testing/planted.ts';

const { real, expectFound } = useGithubFolder();
const READ = 'permissions:\n      contents: read';

test('no job may do more than it needs', () => expect(checkPermissions(real())).toEqual([]));

test.each([
  [
    'rights for all jobs',
    'tripod',
    'permissions: {}',
    'permissions:\n  contents: read',
    'the workflow itself must have no rights',
  ],
  ['rights that nobody limits', 'tripod', 'permissions: {}\n', '', 'the workflow itself must have no rights'],
  [
    'a job that does not say',
    'tripod',
    / +permissions:\n +contents: read\n/,
    '',
    'does not say which rights it needs',
  ],
  [
    'a right for nothing',
    'tripod',
    READ,
    `${READ}\n      packages: read`,
    'has packages:read and does not need it',
  ],
  [
    'a read that writes',
    'tripod',
    READ,
    'permissions:\n      contents: write',
    'only a release may have contents:write',
  ],
  [
    'an identity for nothing',
    'image',
    READ,
    `${READ}\n      id-token: write`,
    'has id-token:write and does not need it',
  ],
  [
    'too little for what is called',
    'api',
    READ,
    'permissions: {}',
    'gives no contents:read to .github/workflows/make.yml job make',
  ],
  [
    'a release that a branch starts',
    'release',
    'tags: [v*]',
    'tags: [v*]\n    branches: [main]',
    'only a release may have packages:write',
  ],
  [
    'a release that anybody starts',
    'release',
    'on:\n',
    'on:\n  pull_request:\n',
    'only a release may have contents:write',
  ],
  ['secrets that are handed on', 'api', 'with:', 'secrets: inherit\n    with:', 'hands secrets on'],
  [
    'credentials that stay',
    'make',
    'persist-credentials: false',
    'persist-credentials: true',
    'checks out with credentials',
  ],
  [
    'credentials that stay unseen',
    'make',
    'persist-credentials: false\n',
    '\n',
    'checks out with credentials',
  ],
])('finds %s', (_, file, from, to, problem) =>
  expectFound(checkPermissions, `workflows/${file}.yml`, from, to, problem),
);
