import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { stringify } from 'yaml';
import type { OwnImage } from './manifest.ts';
import { DeployProblem } from './problem.ts';

/** Where an image of a manifest is to come from. */
export interface ImageSource {
  repository: string;
  newName: string;
  newTag: string;
}

export interface ImageOverlay extends Disposable {
  folder: string;
}

/** An overlay over `base` (absolute), outside of the checkout, that takes the images from elsewhere. */
export function writeImageOverlay(base: string, sources: readonly ImageSource[]): ImageOverlay {
  // Kustomize takes no absolute path, and compares real ones: the folder of temporary files may be a link.
  const folder = mkdtempSync(join(realpathSync(tmpdir()), 'tripod-deploy-'));
  const kustomization = {
    apiVersion: 'kustomize.config.k8s.io/v1beta1',
    kind: 'Kustomization',
    resources: [relative(folder, realpathSync(base))],
    images: sources.map(({ repository, newName, newTag }) => ({ name: repository, newName, newTag })),
  };
  writeFileSync(join(folder, 'kustomization.yaml'), stringify(kustomization));
  return { folder, [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) };
}

/** The images in IMAGE_REGISTRY, with IMAGE_TAG where it is set. @throws DeployProblem on names that are none. */
export function registrySources(images: readonly OwnImage[], env: NodeJS.ProcessEnv): ImageSource[] {
  const { IMAGE_REGISTRY: registry = '', IMAGE_TAG: tag = '' } = env;
  const problems: string[] = [];
  if (registry && !/^[a-z0-9][a-z0-9.-]*(:\d+)?(\/[a-z0-9._-]+)*$/.test(registry)) {
    problems.push(`IMAGE_REGISTRY="${registry}" is not host[:port][/path]`);
  }
  if (tag && !/^\w[\w.-]{0,127}$/.test(tag)) problems.push(`IMAGE_TAG="${tag}" is not a tag`);
  if (problems.length > 0) throw new DeployProblem(`${problems.join('; ')}.`);
  return images.map((image) => ({
    repository: image.repository,
    newName: registry ? `${registry}/${image.name}` : image.repository,
    newTag: tag || image.tag,
  }));
}
