// What Kustomize and Helm make of the folders below k8s/, as objects.
import { parseAllDocuments } from 'yaml';
import type { KubernetesObject } from './object.ts';
import { helm, kubectl } from './tools.ts';

/** The release that the Kubernetes version of the manifests is checked against. */
const KUBERNETES_VERSION = '1.32.0';

/** The objects of `kubectl kustomize <folder>`; the folder is relative to the top of the repository. */
export async function kustomizeBuild(folder: string): Promise<KubernetesObject[]> {
  return parseObjects(await kubectl('kustomize', folder));
}

/** The objects of `helm template <release> <chart> …`, hooks and tests included. */
export async function helmTemplate(
  release: string,
  chart: string,
  ...args: string[]
): Promise<KubernetesObject[]> {
  const version = ['--kube-version', KUBERNETES_VERSION];
  return parseObjects(await helm('template', release, chart, '--namespace', 'tripod', ...version, ...args));
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
