// Every selector finds what it is meant for, and nothing else.
import { isDeepStrictEqual } from 'node:util';
import { type KubernetesObject, nameOf } from '../../kubernetes/object.ts';
import { ofKind, podsBeside, type Rendering } from './rendering.ts';
import { type LabelSelector, type Labels, selects } from './selecting.ts';
import { eachWorkload, type Workload, workloadsOf } from './workloads.ts';

const NAME = 'app.kubernetes.io/name';
const INSTANCE = 'app.kubernetes.io/instance';

export function checkSelectors(rendering: Rendering): string[] {
  const workloads = workloadsOf(rendering);
  return [
    ...ofKind(rendering, 'Deployment', 'StatefulSet').flatMap((object) => ownPods(object, workloads)),
    ...ofKind(rendering, 'Service').flatMap((service) => servedPods(service, workloads)),
    ...ofKind(rendering, 'PodDisruptionBudget').flatMap((budget) => budgetPods(budget, workloads)),
    ...ofKind(rendering, 'NetworkPolicy').flatMap((policy) =>
      policyPods(policy, workloads, podsBeside(rendering)),
    ),
    ...ofKind(rendering, 'ServiceMonitor').flatMap((monitor) => monitoredPorts(monitor, rendering)),
    ...eachWorkload(rendering, placementProblems),
  ];
}

/** It cannot be changed later, so it has only what never changes. */
function ownPods(object: KubernetesObject, workloads: readonly Workload[]): string[] {
  const selector = object.spec.selector as LabelSelector;
  const own = workloads.find((workload) => workload.object === object);
  const keys = Object.keys(selector.matchLabels ?? {}).sort();
  const others = workloads.filter(({ labels }) => selects(selector, labels)).filter((each) => each !== own);
  return [
    ...(selects(selector, own?.labels) ? [] : [`${nameOf(object)}: its selector is not on its pods`]),
    ...(isDeepStrictEqual(keys, [INSTANCE, NAME]) && !selector.matchExpressions
      ? []
      : [`${nameOf(object)}: its selector is not name and instance`]),
    ...others.map(({ title }) => `${nameOf(object)}: it selects the pods of ${title}`),
  ];
}

function servedPods(service: KubernetesObject, workloads: readonly Workload[]): string[] {
  const title = nameOf(service);
  const found = workloads.filter(({ labels }) =>
    selects({ matchLabels: service.spec.selector ?? {} }, labels),
  );
  if (found.length !== 1) return [`${title}: it selects ${list(found)}`];
  const ports = found[0]!.containers.flatMap((container) => container.ports ?? []);
  return (service.spec.ports as { port: number; targetPort?: number | string; protocol?: string }[])
    .filter(({ port, targetPort = port, protocol = 'TCP' }) => {
      const key = typeof targetPort === 'number' ? 'containerPort' : 'name';
      return !ports.some((each) => each[key] === targetPort && (each.protocol ?? 'TCP') === protocol);
    })
    .map(
      ({ port, targetPort = port, protocol = 'TCP' }) =>
        `${title}: no pod has port ${targetPort}/${protocol}`,
    );
}

function budgetPods({ spec, ...object }: KubernetesObject, workloads: readonly Workload[]): string[] {
  const found = workloads.filter(({ labels }) => selects(spec.selector, labels));
  return found.length === 1 ? [] : [`${nameOf(object as KubernetesObject)}: it selects ${list(found)}`];
}

/** A policy is for one workload or for all; whom it names must exist, or be in another namespace. */
function policyPods(
  policy: KubernetesObject,
  workloads: readonly Workload[],
  beside: readonly Labels[],
): string[] {
  const { podSelector, ingress = [], egress = [] } = policy.spec;
  const found = workloads.filter(({ labels }) => selects(podSelector, labels));
  const peers = [...ingress.flatMap(peersOf('from')), ...egress.flatMap(peersOf('to'))];
  const nobody = peers
    .filter((peer) => peer.podSelector && !peer.namespaceSelector)
    .filter(
      (peer) =>
        ![...workloads.map(({ labels }) => labels), ...beside].some((labels) =>
          selects(peer.podSelector, labels),
        ),
    );
  return [
    ...(found.length === 1 || Object.keys(podSelector).length === 0
      ? []
      : [`${nameOf(policy)}: it selects ${list(found)}`]),
    ...nobody.map((peer) => `${nameOf(policy)}: no pods are ${JSON.stringify(peer.podSelector)}`),
  ];
}

interface Peer {
  podSelector?: LabelSelector;
  namespaceSelector?: LabelSelector;
}

function peersOf(side: 'from' | 'to'): (rule: Record<'from' | 'to', Peer[] | undefined>) => Peer[] {
  return (rule) => rule[side] ?? [];
}

function monitoredPorts({ spec, ...monitor }: KubernetesObject, rendering: Rendering): string[] {
  const services = ofKind(rendering, 'Service').filter(({ metadata }) =>
    selects(spec.selector, metadata.labels),
  );
  return (spec.endpoints as { port: string }[])
    .filter(
      ({ port }) =>
        !services.some((service) => service.spec.ports.some((each: { name: string }) => each.name === port)),
    )
    .map(
      ({ port }) => `${nameOf(monitor as KubernetesObject)}: no Service that it selects has a port ${port}`,
    );
}

/** Pods are spread by those that are like them: by another selector they would all go to one node. */
function placementProblems({ pod, labels }: Workload): string[] {
  const spread = (pod.topologySpreadConstraints ?? []) as {
    topologyKey: string;
    labelSelector?: LabelSelector;
  }[];
  const rules = pod.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
  return [...spread, ...(rules as typeof spread)]
    .filter(({ labelSelector }) => !selects(labelSelector, labels))
    .map(({ topologyKey }) => `the selector for ${topologyKey} is not that of its pods`);
}

function list(workloads: readonly Workload[]): string {
  return workloads.length === 0 ? 'nothing' : workloads.map(({ title }) => title).join(' and ');
}
