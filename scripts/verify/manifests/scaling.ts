// How many of each, and how many at least while nodes and versions change.
import { type KubernetesObject, nameOf } from '../../kubernetes/object.ts';
import { ofKind, type Rendering } from './rendering.ts';
import { selects } from './selecting.ts';
import { isOurServer, type Workload, workloadsOf } from './workloads.ts';

export function checkScaling(rendering: Rendering): string[] {
  const workloads = workloadsOf(rendering);
  const scalers = ofKind(rendering, 'HorizontalPodAutoscaler');
  const budgets = ofKind(rendering, 'PodDisruptionBudget');
  return [
    ...scalers.flatMap((scaler) =>
      scalerProblems(scaler, workloads).map((problem) => `${nameOf(scaler)}: ${problem}`),
    ),
    ...budgets.flatMap((budget) => budgetProblems(budget, leastReplicas(budget, workloads, scalers))),
    ...workloads
      .filter(isOurServer)
      .filter(({ labels }) => !budgets.some(({ spec }) => selects(spec.selector, labels)))
      .map(({ title }) => `${title}: it has no PodDisruptionBudget`),
  ];
}

function scalerProblems({ spec }: KubernetesObject, workloads: readonly Workload[]): string[] {
  const { apiVersion, kind, name } = spec.scaleTargetRef;
  const target = workloads.find(({ object }) => object.kind === kind && object.metadata.name === name);
  if (!target || target.object.apiVersion !== apiVersion)
    return [`there is no ${kind} ${name} of ${apiVersion}`];
  const { minReplicas = 1, maxReplicas } = spec;
  const resources = (spec.metrics ?? []).flatMap(
    (metric: { resource?: { name: string } }) => metric.resource?.name ?? [],
  );
  const unknown = resources.filter((resource: string) =>
    target.containers.some(({ resources: own }) => !own?.requests?.[resource]),
  );
  return [
    // Each apply would set the number back, and the autoscaler again.
    ...(target.object.spec.replicas === undefined ? [] : [`${target.title} says how many replicas it has`]),
    ...(minReplicas >= 2 ? [] : ['one replica at least is an outage when its node goes']),
    ...(maxReplicas > minReplicas ? [] : ['it cannot scale']),
    ...(resources.length > 0 ? [] : ['it looks at no resource']),
    ...unknown.map((resource: string) => `it looks at ${resource}, which ${target.title} does not request`),
  ];
}

function leastReplicas(
  { spec }: KubernetesObject,
  workloads: readonly Workload[],
  scalers: readonly KubernetesObject[],
): number {
  const target = workloads.find(({ labels }) => selects(spec.selector, labels));
  const scaler = scalers.find((each) => each.spec.scaleTargetRef.name === target?.object.metadata.name);
  return scaler?.spec.minReplicas ?? target?.object.spec.replicas ?? 1;
}

/** A budget that never lets a pod go keeps a node from being drained for ever. */
function budgetProblems(budget: KubernetesObject, replicas: number): string[] {
  const { minAvailable, maxUnavailable, unhealthyPodEvictionPolicy } = budget.spec;
  const free =
    maxUnavailable === undefined
      ? replicas - pods(minAvailable ?? 0, replicas)
      : pods(maxUnavailable, replicas);
  return [
    ...(free > 0 ? [] : ['it lets no pod go']),
    ...(minAvailable !== undefined && maxUnavailable !== undefined
      ? ['minAvailable and maxUnavailable']
      : []),
    ...(unhealthyPodEvictionPolicy === 'AlwaysAllow' ? [] : ['a pod that is not ready holds up a drain']),
  ].map((problem) => `${nameOf(budget)}: ${problem}`);
}

/** Percentages are rounded up. */
function pods(value: number | string, replicas: number): number {
  return typeof value === 'number' ? value : Math.ceil((Number.parseInt(value, 10) * replicas) / 100);
}
