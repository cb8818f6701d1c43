// Who may want to talk to whom: the pods of the product, and all that is around them.

import { effectiveValue } from '../environment/variables.ts';
import { databaseOf, ofKind, podsBeside, type Rendering } from '../rendering.ts';
import type { Labels } from '../selecting.ts';
import { type ContainerPort, workloadsOf } from '../workloads.ts';

export interface End {
  /** For messages: "api", "a pod in monitoring". */
  name: string;
  /** Labels of the namespace and of the pod; one that is no pod has neither. */
  namespace?: Labels;
  pod?: Labels;
  address?: string;
  /** Its own policies apply, both ways. */
  ours: boolean;
  ports: ContainerPort[];
}

const namespaceLabels = (name: string): Labels => ({ 'kubernetes.io/metadata.name': name });
export const INGRESS_NAMESPACES = ['ingress-nginx', 'traefik', 'envoy-gateway-system', 'istio-ingress'];
export const NODE = 'a node';
export const OUTSIDE_DATABASE = 'the database outside';
export const OUTSIDE_REDIS = 'the Redis outside';
export const DNS = ['kube-dns', 'the DNS cache of the node'];

/** The pods of each workload. On the network of a node no policy sees them as pods. */
export function ownEnds(rendering: Rendering): End[] {
  const namespace = { ...namespaceLabels('tripod'), ...ofKind(rendering, 'Namespace')[0]?.metadata.labels };
  return workloadsOf(rendering)
    .filter(({ pod }) => !pod.hostNetwork)
    .map(({ object, labels, containers }) => ({
      name: object.metadata.name,
      namespace,
      pod: labels,
      ours: true,
      ports: containers.flatMap(({ ports = [] }) => ports),
    }));
}

/** Everything else. Strangers look like pods of ours, but for their namespace. */
export function otherEnds(rendering: Rendering): End[] {
  const like = (name: string): Labels => ({
    'app.kubernetes.io/name': name,
    'app.kubernetes.io/instance': 'tripod',
  });
  const others: Omit<End, 'ours' | 'ports'>[] = [
    ...[...INGRESS_NAMESPACES, 'monitoring', 'somewhere'].map((name) => podOf(name, like('api'))),
    { ...podOf('somewhere', like('webui')), name: 'a webui somewhere' },
    { ...podOf('kube-system', { 'k8s-app': 'kube-dns' }), name: DNS[0]! },
    podOf('kube-system', {}),
    { name: DNS[1]!, address: '169.254.20.10' },
    { name: NODE, address: '10.1.2.3' },
    { name: 'an address in the world', address: '203.0.113.7' },
    { name: 'the metadata of the cloud', address: '169.254.169.254' },
    ...(databaseOf(rendering) === undefined ? [{ name: OUTSIDE_DATABASE, address: '192.0.2.10' }] : []),
    ...(outsideRedisPort(rendering) === undefined ? [] : [{ name: OUTSIDE_REDIS, address: '192.0.2.70' }]),
    ...podsBeside(rendering).map((pod) => ({
      ...podOf('tripod', pod),
      name: pod['app.kubernetes.io/name']!,
    })),
  ];
  return others.map((end) => ({ ...end, ours: false, ports: [] }));
}

function podOf(namespace: string, pod: Labels) {
  return { name: `a pod in ${namespace}`, namespace: namespaceLabels(namespace), pod };
}

/** Of a database outside. */
export function databasePort(rendering: Rendering): number {
  const api = workloadsOf(rendering).find(
    ({ object }) => object.kind === 'Deployment' && object.metadata.name === 'api',
  );
  const port = api && effectiveValue(rendering, api.containers[0]!, 'DB_PORT');
  return Number(port || 5432);
}

/** Of "outside-redis:6379" among the components. */
export function outsideRedisPort({ components }: Rendering): string | undefined {
  return [...components].find((name) => name.startsWith('outside-redis:'))?.split(':')[1];
}
