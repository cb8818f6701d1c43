import { expect, test } from 'vitest';
import { checkAttestations, checkDependabot, checkImages, checkServices, checkWhole } from './product.ts';
import { plant, useGithubFolder } from './testing/planted.ts';

const { real, expectFound } = useGithubFolder();

test('the workflows do what they are there for', () => {
  const checks = [checkAttestations, checkDependabot, checkImages, checkServices, checkWhole];
  expect(checks.flatMap((check) => check(real()))).toEqual([]);
});

test.each([
  ['in the whole', 'tripod', /service: \[api, .*\]/, 'service: [api]', 'services api, not api,fastpath'],
  ['in a release', 'release', /service: \[api, .*\]/, 'service: [api]', 'services api, not api,fastpath'],
  ['when it is verified', 'api', '"verify", ', '', 'does not run make verify'],
  ['when it is tested', 'api', '"test-unit", ', '', 'does not run make test-unit'],
  ['for another one', 'api', 'only: services/api', 'only: services/webui', 'api.yml: tests another service'],
  ['when images are built', 'api', 'service: api', 'service: webui', 'api.yml: does not build the image'],
])('finds a service that is forgotten %s', (_, file, from, to, problem) =>
  expectFound(checkServices, `workflows/${file}.yml`, from, to, problem),
);

test.each([
  ['a suite that does not run', '"test-vm", ', '', 'nothing runs make test-vm'],
  [
    'a smoke test that does not run',
    'run: make smoke-alpha',
    'run: make alpha',
    'nothing runs make smoke-alpha',
  ],
  ['a job that nobody waits for', 'images, running-images', 'running-images', 'does not wait for images'],
  ['a check that is skipped', 'if: always()', 'if: success()', 'does not always run'],
])('finds %s', (_, from, to, problem) => expectFound(checkWhole, 'workflows/tripod.yml', from, to, problem));

test.each([
  ['sbom: "true"', 'sbom: "false"', 'sbom is false'],
  ['provenance: mode=max', 'provenance: mode=min', 'provenance is mode=min'],
  ['linux/amd64,linux/arm64', 'linux/amd64', 'platforms is linux/amd64'],
  [/ +RUNTIME_IMAGE=.*\n/, '', 'build-args is NODE_IMAGE'],
])('finds an image without %s', (from, to, problem) =>
  expectFound(checkAttestations, 'actions/image/action.yml', from, to, problem),
);

test('finds a second way to build images', () => {
  const from = /uses: helm\/kind-action@.*/;
  const planted = plant(real(), 'workflows/tripod.yml', from, 'uses: docker/build-push-action@x');
  expect(checkAttestations(planted)).toEqual(['2 steps build images; there must be one way to do it']);
});

test.each([
  [
    'make',
    'image: node:24.21.0-bookworm',
    'image: node:22-bookworm',
    'runs in node:22-bookworm, the images in node:24',
  ],
  [
    'tripod',
    'postgres:18-bookworm',
    'postgres:17-bookworm',
    'tests on postgres:17-bookworm, the manifests have postgres:18',
  ],
  ['tripod', 'mysql: ["8.4", "9"]', 'mysql: ["9"]', 'tests on mysql:9, the manifests have mysql:8.4'],
])('finds that %s does not test on what is shipped: %s', (file, from, to, problem) =>
  expectFound(checkImages, `workflows/${file}.yml`, from, to, problem),
);

test('finds a folder that dependabot would not', () => {
  expectFound(
    checkDependabot,
    'dependabot.yml',
    '/services/webui',
    '/services/web',
    'there is no /services/web',
  );
  expectFound(
    checkDependabot,
    'dependabot.yml',
    '/services/webui',
    '/services/api',
    'does not look at /services/webui',
  );
  expectFound(
    checkDependabot,
    'dependabot.yml',
    '/.github/actions/*',
    '/.github/action/*',
    'there is no /.github/action/*',
  );
});
