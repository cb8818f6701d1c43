// Which local cluster this is. The nodes tell: the name of a context is anybody's choice, and "kind-prod" may be a cloud.
import { networkInterfaces } from 'node:os';
import type { Cluster } from './cluster.ts';
import { DeployProblem } from './problem.ts';

export type ClusterKind = 'kind' | 'k3d' | 'minikube' | 'microk8s' | 'docker-desktop' | 'rancher-desktop';

export interface LocalCluster {
  kind: ClusterKind;
  /** What its own tool calls it: cluster of kind and k3d, profile of minikube. */
  name: string;
  /** Container engine that runs a cluster of kind. */
  provider?: string;
  /** `docker://…` or `containerd://…` */
  runtime: string;
}

/** What of a node tells where it runs. */
export interface Node {
  metadata: { name: string; labels?: Record<string, string> };
  spec?: { providerID?: string };
  status?: {
    nodeInfo?: { osImage?: string; containerRuntimeVersion?: string };
    addresses?: { type: string; address: string }[];
  };
}

export async function nodesOf(cluster: Cluster): Promise<Node[]> {
  const { code, stdout, stderr } = await cluster.run([
    'get',
    'nodes',
    '--output=json',
    '--request-timeout=20s',
  ]);
  if (code !== 0)
    throw new DeployProblem(`The context ${cluster.context} does not answer:\n${stderr.trim()}`);
  return (JSON.parse(stdout) as { items: Node[] }).items;
}

/** The local cluster that these nodes are; undefined when they are none that is known, or not on this machine. */
export function recognise(context: string, nodes: readonly Node[]): LocalCluster | undefined {
  const [first] = nodes;
  if (!first) return undefined;
  const found = recogniseNode(context, first);
  if (!found || nodes.some((node) => recogniseNode(context, node)?.kind !== found.kind)) return undefined;
  // microk8s runs in production, too, and its tool loads images into the node of this machine only.
  if (found.kind === 'microk8s' && (nodes.length > 1 || !isThisMachine(first))) return undefined;
  return { ...found, runtime: first.status?.nodeInfo?.containerRuntimeVersion ?? '' };
}

function recogniseNode(
  context: string,
  { metadata, spec, status }: Node,
): Omit<LocalCluster, 'runtime'> | undefined {
  const id = spec?.providerID ?? '';
  const labels = metadata.labels ?? {};
  const [, provider, name] = /^kind:\/\/([^/]+)\/([^/]+)\//.exec(id) ?? [];
  const dockerDesktop = status?.nodeInfo?.osImage === 'Docker Desktop' || name === 'desktop';
  if (context === 'docker-desktop' && dockerDesktop) return { kind: 'docker-desktop', name: context };
  if (provider && name) return { kind: 'kind', name, provider };
  const k3d = /^k3s:\/\/k3d-(.+)-(?:server|agent)-\d+$/.exec(id)?.[1];
  if (k3d) return { kind: 'k3d', name: k3d };
  if (context === 'rancher-desktop' && id.startsWith('k3s://'))
    return { kind: 'rancher-desktop', name: context };
  const profile = labels['minikube.k8s.io/name'];
  if (profile) return { kind: 'minikube', name: profile };
  if (labels['microk8s.io/cluster']) return { kind: 'microk8s', name: 'microk8s' };
  return undefined;
}

function isThisMachine({ status }: Node): boolean {
  const own = Object.values(networkInterfaces()).flatMap((list) => list?.map(({ address }) => address) ?? []);
  return (status?.addresses ?? []).some(
    ({ type, address }) => type === 'InternalIP' && own.includes(address),
  );
}

/**
 * Development credentials go to local clusters only.
 * @throws DeployProblem for another one, unless `allowed` is its context.
 */
export function refuseForeign(
  context: string,
  nodes: readonly Node[],
  local: LocalCluster | undefined,
  allowed: string | undefined,
): void {
  if (local || allowed === context) return;
  const names = nodes
    .slice(0, 3)
    .map(({ metadata, spec }) => `${metadata.name} ${spec?.providerID ?? ''}`.trim());
  throw new DeployProblem(
    `The context ${context} does not look like a local cluster (${nodes.length} nodes: ${names.join(', ') || 'none'}). ` +
      'This command is for development: its credentials are public. Nothing was done.\n' +
      `If it is your own cluster all the same: ALLOW_CONTEXT=${context}`,
  );
}
