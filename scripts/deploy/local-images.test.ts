import { afterAll, beforeAll, expect, test } from 'vitest';
import type { LocalCluster } from './cluster-kind.ts';
import { type Answer, createStandIn, type StandIn } from './testing/stand-in.ts';

let standIn: StandIn;
let images: typeof import('./local-images.ts');
beforeAll(async () => {
  standIn = await createStandIn();
  images = await import('./local-images.ts');
});
afterAll(() => standIn[Symbol.dispose]());

const IMAGE = { repository: 'tripod-api', name: 'tripod-api', tag: '0.1.0' };
const DOCKER: Answer = ['docker image inspect*', 'sha256:abc 100'];
const NO_DOCKER: Answer = ['docker version', 'Cannot connect to the Docker daemon', 1];
const PODMAN: Answer[] = [NO_DOCKER, ['podman image inspect*', 'abc 100']];
const BUILDAH: Answer[] = [NO_DOCKER, ['podman info', 'broken', 1], ['buildah images*', 'sha256:abc 100 MB']];
const NONE: Answer[] = [NO_DOCKER, ['podman info', 'broken', 1], ['buildah info', 'broken', 1]];

async function load(cluster: Partial<LocalCluster>, engines: Answer[]): Promise<string[]> {
  standIn.answers(engines);
  const local = { name: 'one', runtime: 'containerd://2', ...cluster } as LocalCluster;
  const sources = await images.deliverImages([IMAGE], local, {}, () => {});
  expect(sources).toEqual([{ repository: 'tripod-api', newName: 'tripod-api', newTag: '0.1.0-abc' }]);
  const calls = standIn.calls().filter((call) => / save | push | load |image import/.test(call));
  return calls.map((call) => call.replace(/\/[^\s:]*\/tripod-images-\w+\//g, ''));
}

const NAMES = 'docker.io/library/tripod-api:0.1.0 docker.io/library/tripod-api:0.1.0-abc';

test.each<[Partial<LocalCluster>, string]>([
  [{ kind: 'kind', provider: 'docker' }, 'kind load image-archive image.tar --name one'],
  [{ kind: 'k3d' }, 'k3d image import image.tar --cluster one'],
  [{ kind: 'minikube' }, 'minikube image load image.tar --profile one'],
  [{ kind: 'microk8s' }, 'microk8s ctr image import -'],
  [{ kind: 'rancher-desktop' }, 'nerdctl --namespace k8s.io load --input image.tar'],
])('$kind: its own tool loads the archive', async (cluster, expected) => {
  expect(await load(cluster, [DOCKER])).toEqual([`docker save --output image.tar ${NAMES}`, expected]);
});

test('podman and buildah write archives that a node reads', async () => {
  const kind = { kind: 'kind', provider: 'podman' } as const;
  const [save] = await load(kind, PODMAN);
  expect(save).toBe(`podman save --format docker-archive --output image.tar ${NAMES}`);
  const [first, second] = NAMES.split(' ');
  expect(await load(kind, BUILDAH)).toEqual([
    `buildah push ${first} docker-archive:image.tar.0:${first}`,
    `buildah push ${second} docker-archive:image.tar.1:${second}`,
    'kind load image-archive image.tar.0 --name one',
    'kind load image-archive image.tar.1 --name one',
  ]);
});

test('a cluster that shares the images of docker needs no archive, and images of docker', async () => {
  expect(await load({ kind: 'docker-desktop' }, [DOCKER])).toEqual([]);
  expect(await load({ kind: 'rancher-desktop', runtime: 'docker://27' }, [DOCKER])).toEqual([]);
  await expect(load({ kind: 'docker-desktop' }, PODMAN)).rejects.toThrow('built with podman');
});

test('no engine has the image; the manifest asks for two tags; a tool fails', async () => {
  await expect(load({ kind: 'kind' }, NONE)).rejects.toThrow('nothing here can build images');
  const unbuilt: Answer = ['docker image inspect*', 'No such image: tripod-api:0.1.0', 1];
  await expect(load({ kind: 'kind' }, [unbuilt])).rejects.toThrow('No such image: tripod-api:0.1.0');
  const two = [IMAGE, { ...IMAGE, tag: '0.2.0' }];
  await expect(images.buildImages(two, () => {})).rejects.toThrow('2 tags: 0.1.0,0.2.0');
  const failure: Answer = ['kind load*', 'ERROR: no nodes found for cluster "one"', 1];
  await expect(load({ kind: 'kind' }, [DOCKER, failure])).rejects.toThrow('no nodes found for cluster "one"');
});

test('builds, by make images, what the manifest asks for and no more', async () => {
  standIn.answers([DOCKER]);
  const lines: string[] = [];
  await images.buildImages([IMAGE], (line) => lines.push(line));
  const builds = standIn.calls().filter((call) => call.startsWith('docker buildx build'));
  expect(builds).toEqual([expect.stringContaining('--file services/api/Dockerfile --tag tripod-api:0.1.0 ')]);
  expect(lines.join()).toContain('tripod-api:0.1.0');
  standIn.answers([['docker buildx build*', 'no space left on device', 1], DOCKER]);
  await expect(images.buildImages([IMAGE], (line) => lines.push(line))).rejects.toThrow('exit code 1');
  expect(lines).toContain('no space left on device');
});
