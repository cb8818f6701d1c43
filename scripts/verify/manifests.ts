import { readdirSync } from 'node:fs';
import { kustomizeBuild } from '../kubernetes/render.ts';
import { inRepository } from '../repository.ts';
import { brokenReferences } from './manifests/references.ts';

const OVERLAYS = 'k8s/kustomize/overlays';
/** Made by whoever manages the secrets of the cluster, before the overlay is applied. */
const EXISTING: Readonly<Record<string, readonly string[]>> = {
  beta: ['api', 'fastpath', 'database', 'redis'],
};

/** The overlays below k8s/kustomize. */
export function overlays(): string[] {
  return readdirSync(inRepository(OVERLAYS)).sort();
}

/** Builds one of them; fails on an error of Kustomize and on a name that leads nowhere. */
export async function checkOverlay(overlay: string): Promise<string> {
  const objects = await kustomizeBuild(`${OVERLAYS}/${overlay}`);
  const problems = brokenReferences(objects, EXISTING[overlay] ?? []);
  if (problems.length > 0) throw new Error(problems.join('\n'));
  return `${objects.length} objects`;
}
