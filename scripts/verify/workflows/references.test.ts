import { expect, test } from 'vitest';
import { checkReferences } from './references.ts';
import { useGithubFolder } from './testing/planted.ts';

const { real, expectFound } = useGithubFolder();

test('every expression names what exists', () => expect(checkReferences(real())).toEqual([]));

test.each([
  ['env', 'workflows/release.yml', 'env.IMAGE }}', 'env.IMAGES }}', 'env.IMAGES does not exist there'],
  [
    'matrix',
    'workflows/release.yml',
    'matrix.service }}',
    'matrix.services }}',
    'matrix.services does not exist there',
  ],
  [
    'a condition',
    'workflows/tripod.yml',
    'if: matrix.way ==',
    'if: matrix.ways ==',
    'matrix.ways does not exist there',
  ],
  [
    'an input of a workflow',
    'workflows/make.yml',
    'inputs.only }}',
    'inputs.onyl }}',
    'inputs.onyl does not exist there',
  ],
  [
    'an input of an action',
    'actions/make/action.yml',
    'inputs.target }}',
    'inputs.goal }}',
    'inputs.goal does not exist there',
  ],
  [
    'an output of a job',
    'workflows/release.yml',
    'bases.outputs.version }}',
    'bases.outputs.verison }}',
    'needs.bases.outputs.verison',
  ],
  [
    'a job that was not waited for',
    'workflows/release.yml',
    'needs: [bases, images]',
    'needs: [images]',
    'needs.bases.outputs.version',
  ],
  [
    'a job to wait for',
    'workflows/release.yml',
    'needs: [bases, images]',
    'needs: [bases, image]',
    'needs image, which does not exist',
  ],
  [
    'a step',
    'workflows/image.yml',
    'steps.bases.outputs.node',
    'steps.base.outputs.node',
    'steps.base.outputs.node does not exist',
  ],
  [
    'an output of a step',
    'workflows/image.yml',
    'bases.outputs.node',
    'bases.outputs.nodes',
    'steps.bases.outputs.nodes does not exist',
  ],
  [
    'an output that a script prints',
    'workflows/release.yml',
    'echo "place=',
    'echo "palce=',
    'steps.names.outputs.place does not exist',
  ],
  [
    'an output of an action of others',
    'actions/image/action.yml',
    'build.outputs.digest',
    'build.outputs.digests',
    'steps.build.outputs.digests',
  ],
  [
    'a secret',
    'workflows/release.yml',
    'github.token',
    'secrets.TOKEN',
    'secrets.TOKEN does not exist there',
  ],
  [
    'a variable of the repository',
    'workflows/release.yml',
    'github.token',
    'vars.TOKEN',
    'vars.TOKEN does not exist there',
  ],
  [
    'a field of github',
    'workflows/release.yml',
    'github.token',
    'github.tokn',
    'github.tokn does not exist there',
  ],
  [
    'a group',
    'workflows/api.yml',
    `api-\${{ github.ref`,
    `api-\${{ github.reff`,
    'github.reff does not exist there',
  ],
  [
    'an action',
    'workflows/make.yml',
    './.github/actions/make',
    './.github/actions/mak',
    './.github/actions/mak does not exist',
  ],
  [
    'a workflow',
    'workflows/api.yml',
    'workflows/make.yml\n    with',
    'workflows/mak.yml\n    with',
    'workflows/mak.yml does not exist',
  ],
  [
    'a workflow that nobody may call',
    'workflows/release.yml',
    'workflows/tripod.yml',
    'workflows/api.yml',
    'workflows/api.yml does not exist',
  ],
  [
    'an input that is handed in',
    'workflows/image.yml',
    'node-image:',
    'node_image:',
    'has no input node_image',
  ],
  ['an input that is missing', 'workflows/image.yml', /node-image: .*\n/, '\n', 'needs the input node-image'],
])('finds %s', (_, path, from, to, problem) => expectFound(checkReferences, path, from, to, problem));
