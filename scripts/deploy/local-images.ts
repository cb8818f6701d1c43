// Builds the images and brings them where the cluster finds them.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { product } from '../images/provenance.ts';
import type { LocalCluster } from './cluster-kind.ts';
import { mustRun } from './command.ts';
import { type ImageSource, registrySources } from './image-overlay.ts';
import { type ImageStore, openImageStore } from './image-store.ts';
import type { OwnImage } from './manifest.ts';
import { DeployProblem } from './problem.ts';

type Say = (line: string) => void;

/** `make images` of what the manifest asks for. */
export async function buildImages(images: readonly OwnImage[], say: Say): Promise<void> {
  const tags = new Set(images.map(({ tag }) => tag));
  const [tag] = tags;
  if (!tag || tags.size > 1)
    throw new DeployProblem(`The images have ${tags.size} tags: ${[...tags]}; one is needed.`);
  const services = images.map(({ name }) => name.slice(product().name.length + 1));
  await mustRun(process.execPath, ['scripts/images.ts', '--tag', tag, ...services], { onLine: say });
}

/** Whether there is a way to bring images to this cluster. @throws DeployProblem that names the ways. */
export function requireWay(context: string, local: LocalCluster | undefined, env: NodeJS.ProcessEnv): void {
  if (local || env.IMAGE_REGISTRY) return;
  throw new DeployProblem(
    `How images get to ${context} is not known: it is none of kind, k3d, minikube, microk8s (one node, on this machine), ` +
      'docker-desktop and rancher-desktop. Name a registry that it pulls from, and log in there: IMAGE_REGISTRY=host/path',
  );
}

/**
 * Brings the images to the cluster, each with a tag that names its content. So new content is a new rollout and old
 * content is none; and where a tool does not replace an image that is in use (minikube), it need not.
 */
export async function deliverImages(
  images: readonly OwnImage[],
  local: LocalCluster | undefined,
  env: NodeJS.ProcessEnv,
  say: Say,
): Promise<ImageSource[]> {
  const store = await openImageStore();
  const sources: ImageSource[] = [];
  for (const image of images) {
    const built = `${image.name}:${image.tag}`;
    const [source] = registrySources([image], { IMAGE_REGISTRY: env.IMAGE_REGISTRY });
    const unique = { ...source!, newTag: `${image.tag}-${await store.id(built)}` };
    say(`image ${unique.newName}:${unique.newTag}`);
    if (env.IMAGE_REGISTRY) {
      await store.tag(built, `${unique.newName}:${unique.newTag}`);
      await store.push(`${unique.newName}:${unique.newTag}`);
    } else {
      await load(local!, store, built, `${unique.newName}:${unique.newTag}`);
    }
    sources.push(unique);
  }
  return sources;
}

/** The plain tag goes along: `kubectl apply -k` by hand asks for it. */
async function load(local: LocalCluster, store: ImageStore, built: string, unique: string): Promise<void> {
  // podman calls it localhost/tripod-api; a node looks for docker.io/library/tripod-api.
  const names = [built, unique].map((name) => `docker.io/library/${name}`);
  for (const name of names) await store.tag(built, name);
  if (sharesEngine(local, store)) return;
  const folder = mkdtempSync(join(tmpdir(), 'tripod-images-'));
  try {
    const files = await store.save(join(folder, 'image.tar'), names);
    for (const file of files) await loadArchive(local, file);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Clusters that take images from docker itself. */
function sharesEngine({ kind, runtime }: LocalCluster, { engine }: ImageStore): boolean {
  const shared = kind === 'docker-desktop' || (kind === 'rancher-desktop' && runtime.startsWith('docker://'));
  if (shared && engine !== 'docker') {
    throw new DeployProblem(
      `${kind} takes images from docker, and they were built with ${engine}. Is docker running?`,
    );
  }
  return shared;
}

async function loadArchive({ kind, name, provider }: LocalCluster, file: string): Promise<void> {
  switch (kind) {
    case 'kind': {
      const env: Record<string, string> =
        provider && provider !== 'docker' ? { KIND_EXPERIMENTAL_PROVIDER: provider } : {};
      return void (await mustRun('kind', ['load', 'image-archive', file, '--name', name], { env }));
    }
    case 'k3d':
      return void (await mustRun('k3d', ['image', 'import', file, '--cluster', name]));
    case 'minikube':
      return void (await mustRun('minikube', ['image', 'load', file, '--profile', name]));
    case 'microk8s':
      return void (await mustRun('microk8s', ['ctr', 'image', 'import', '-'], { inputFile: file }));
    case 'rancher-desktop':
      return void (await mustRun('nerdctl', ['--namespace', 'k8s.io', 'load', '--input', file]));
    case 'docker-desktop':
      throw new Error('shares the engine');
  }
}
