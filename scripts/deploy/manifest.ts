import { product } from '../images/provenance.ts';
import type { KubernetesObject } from '../kubernetes/object.ts';
import { parseObjects } from '../kubernetes/render.ts';
import { kubectl } from '../kubernetes/tools.ts';
import { DeployProblem } from './problem.ts';

/** All that an overlay makes. */
export interface Manifest {
  text: string;
  objects: KubernetesObject[];
  namespace: string;
}

export async function renderManifest(folder: string): Promise<Manifest> {
  const text = await kubectl('kustomize', folder).catch((error: Error) => {
    throw new DeployProblem(`${folder} does not build:\n${error.message}`, { cause: error });
  });
  const objects = parseObjects(text);
  const namespaces = new Set(objects.filter(podSpecOf).map(({ metadata }) => metadata.namespace ?? ''));
  const [namespace] = namespaces;
  if (!namespace || namespaces.size > 1) {
    throw new DeployProblem(
      `The pods of ${folder} must all be in one namespace, not in "${[...namespaces]}".`,
    );
  }
  return { text, objects, namespace };
}

/** What a rollout waits for, as kubectl names it. Which ones there are, the overlay decides. */
export function rolloutsOf({ objects }: Manifest): string[] {
  const kinds = ['StatefulSet', 'Deployment', 'DaemonSet'];
  const found = objects.filter(({ kind }) => kinds.includes(kind));
  // The databases first: the others wait for them.
  return found
    .toSorted((a, b) => kinds.indexOf(a.kind) - kinds.indexOf(b.kind))
    .map(({ kind, metadata }) => `${kind.toLowerCase()}/${metadata.name}`);
}

/** The names of the Jobs: the migration. */
export function jobsOf({ objects }: Manifest): string[] {
  return objects.filter(({ kind }) => kind === 'Job').map(({ metadata }) => metadata.name);
}

/** What is read of a pod here. */
export interface PodSpec {
  initContainers?: Container[];
  containers?: Container[];
  volumes?: { secret?: VolumeSecret; projected?: { sources?: { secret?: SecretReference }[] } }[];
  imagePullSecrets?: SecretReference[];
}

interface Container {
  image: string;
  env?: { valueFrom?: { secretKeyRef?: SecretReference } }[];
  envFrom?: { secretRef?: SecretReference }[];
}

export interface SecretReference {
  name: string;
  key?: string;
  optional?: boolean;
}

interface VolumeSecret {
  secretName: string;
  optional?: boolean;
}

/** The pod that an object makes; undefined for one that makes none. */
export function podSpecOf({ kind, spec }: KubernetesObject): PodSpec | undefined {
  if (kind === 'Pod') return spec;
  return kind === 'CronJob' ? spec?.jobTemplate?.spec?.template?.spec : spec?.template?.spec;
}

export function containersOf({ initContainers = [], containers = [] }: PodSpec): Container[] {
  return [...initContainers, ...containers];
}

export interface OwnImage {
  /** As the manifest has it, with a registry where it names one. */
  repository: string;
  /** tripod-api */
  name: string;
  tag: string;
}

/** The images that are built here, each once: tripod-api, tripod-webui, … */
export function ownImagesOf({ objects }: Manifest): OwnImage[] {
  const prefix = `${product().name}-`;
  const pods = objects.map(podSpecOf).filter((pod) => pod !== undefined);
  const used = pods.flatMap(containersOf).map(({ image }) => image);
  return [...new Set(used)].flatMap((image) => {
    const [, repository = '', name = '', tag = ''] =
      /^((?:.*\/)?([^/:@]+))(?::([^/@]+))?(?:@.*)?$/.exec(image) ?? [];
    return name.startsWith(prefix) ? [{ repository, name, tag }] : [];
  });
}

/** The first administrator that the overlay makes; undefined where it comes from elsewhere. */
export function adminOf({ objects }: Manifest): { email: string; password: string } | undefined {
  for (const { kind, data, stringData } of objects) {
    if (kind !== 'Secret') continue;
    const value = (key: string) => stringData?.[key] ?? Buffer.from(data?.[key] ?? '', 'base64').toString();
    const [email, password] = [value('ADMIN_EMAIL'), value('ADMIN_PASSWORD')];
    if (email && password) return { email, password };
  }
  return undefined;
}
