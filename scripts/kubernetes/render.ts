// What Kustomize makes of the folders below k8s/, as objects.
import { parseAllDocuments } from 'yaml';
import type { KubernetesObject } from './object.ts';
import { kubectl } from './tools.ts';

/** The objects of `kubectl kustomize <folder>`; the folder is relative to the top of the repository. */
export async function kustomizeBuild(folder: string): Promise<KubernetesObject[]> {
  return parseObjects(await kubectl('kustomize', folder));
}

/** Every document of a YAML stream. @throws with the parser's message, which names the line. */
export function parseObjects(text: string): KubernetesObject[] {
  return parseAllDocuments(text).flatMap((document) => {
    const [error] = document.errors;
    if (error) throw error;
    const object = document.toJS() as KubernetesObject | null;
    return object ? [object] : [];
  });
}
