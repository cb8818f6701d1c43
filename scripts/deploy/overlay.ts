import { existsSync, globSync } from 'node:fs';
import { basename } from 'node:path';
import { inRepository } from '../repository.ts';
import { DeployProblem } from './problem.ts';

const OVERLAYS = 'k8s/kustomize/overlays';

/** The folder of a development overlay: OVERLAY, or alpha. The others are not for development credentials. */
export function alphaOverlay(env: NodeJS.ProcessEnv, overlays = inRepository(OVERLAYS)): string {
  const name = env.OVERLAY || 'alpha';
  const names = globSync('alpha*', { cwd: overlays }).map((path) => basename(path));
  if (names.includes(name)) return `${overlays}/${name}`;
  throw new DeployProblem(
    `OVERLAY=${name} is none of ${names.sort().join(', ') || 'the overlays, for there are none'}.`,
  );
}

export function betaOverlay(overlays = inRepository(OVERLAYS)): string {
  const folder = `${overlays}/beta`;
  if (existsSync(folder)) return folder;
  throw new DeployProblem(`${folder} is missing.`);
}
