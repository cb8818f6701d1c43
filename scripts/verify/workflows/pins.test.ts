import { expect, test } from 'vitest';
import { checkPins } from './pins.ts';
import { useGithubFolder } from './testing/planted.ts';

const { real, expectFound } = useGithubFolder();
const CHECKOUT = /actions\/checkout@\w+ # v[\d.]+/;
const DIGEST = '0123456789abcdef0123456789abcdef01234567';

test('everything is pinned', () => expect(checkPins(real())).toEqual([]));

test.each([
  ['a tag', CHECKOUT, 'actions/checkout@v7 # v7.0.1', 'actions/checkout@v7 is not pinned by the digest'],
  ['half a digest', CHECKOUT, 'actions/checkout@3d3c42e # v7.0.1', '3d3c42e is not pinned by the digest'],
  ['no version', / # v7\.0\.1/, '', 'has no comment with its version'],
  ['half a version', ' # v7.0.1', ' # v7', 'has no comment with its version'],
  [
    'another digest',
    CHECKOUT,
    `actions/checkout@${DIGEST} # v7.0.1`,
    'is pinned to another commit elsewhere',
  ],
  ['another version', ' # v7.0.1', ' # v7.0.0', 'is pinned to another commit elsewhere'],
  ['another action', CHECKOUT, `someone/else@${DIGEST} # v1.0.0`, 'someone/else@'],
  [
    'a step in one line',
    /uses: actions\/checkout@.*\n.*\n.*\n/,
    "{ uses: 'actions/checkout@v7' }\n",
    'on a line of its own',
  ],
  ['an unknown input', 'persist-credentials', 'persist-credential', 'has no input persist-credential '],
])('finds %s', (_, from, to, problem) => expectFound(checkPins, 'workflows/tripod.yml', from, to, problem));

test.each([
  ['no tag', 'postgres:18-bookworm', 'postgres', 'postgres has no tag that stays'],
  ['a tag that moves on', 'redis:8-bookworm', 'redis:latest', 'redis:latest has no tag that stays'],
  [
    'a node without a digest',
    /(kindest\/node:v[\d.]+)@\S+/,
    'kindest/node:v1.32.2',
    'kindest/node:v1.32.2 has no tag and digest',
  ],
])('finds an image with %s', (_, from, to, problem) =>
  expectFound(checkPins, 'workflows/tripod.yml', from, to, problem),
);
