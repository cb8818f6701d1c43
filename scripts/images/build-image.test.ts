import { expect, test } from 'vitest';
import { buildArguments, type ImageBuild, inspectImage } from './build-image.ts';

const build: ImageBuild = {
  service: 'api',
  image: 'tripod-api:0.1.0',
  platform: 'linux/arm64',
  provenance: { seconds: 1000, labels: { revision: 'abc' } },
  buildArgs: ['NODE_IMAGE=node@sha256:1'],
  options: ['--no-cache'],
};
const common = [
  ...['--file', 'services/api/Dockerfile', '--tag', 'tripod-api:0.1.0', '--platform', 'linux/arm64'],
  ...['TIME', '--label', 'revision=abc', '--build-arg', 'NODE_IMAGE=node@sha256:1', '--no-cache', '.'],
];
const expected = (...time: string[]) => common.flatMap((argument) => (argument === 'TIME' ? time : argument));

test('docker takes the time as an argument of the build', () => {
  const time = expected('--build-arg', 'SOURCE_DATE_EPOCH=1000');
  expect(buildArguments({ name: 'docker' }, build)).toEqual(['buildx', 'build', '--load', ...time]);
});

test('podman and buildah take it as an option', () => {
  for (const name of ['podman', 'buildah'] as const) {
    expect(buildArguments({ name }, build)).toEqual([
      'build',
      '--layers',
      ...expected('--timestamp', '1000'),
    ]);
  }
});

test('the platform is always said', () => {
  const { platform: _, ...rest } = build;
  const args = buildArguments({ name: 'podman' }, rest);
  expect(args[args.indexOf('--platform') + 1]).toMatch(/^linux\/(amd64|arm64)$/);
});

test('what the engines say of an image', async () => {
  const says = (name: 'podman' | 'buildah', text: string) =>
    inspectImage({ name, command: ['sh', '-c', `printf '${text}'`, name] }, 'x:1');
  expect(await says('podman', 'sha256:abc 202500000\\n')).toEqual({
    image: 'x:1',
    id: 'sha256:abc',
    megabytes: 202.5,
  });
  // In columns.
  expect(await says('buildah', 'sha256:abc    1.2 GB\\n')).toEqual({
    image: 'x:1',
    id: 'sha256:abc',
    megabytes: 1200,
  });
});
