import { nameOf } from '../../kubernetes/object.ts';
import { effectiveValue } from './environment/variables.ts';
import { FACTS } from './facts.ts';
import { ofKind, type Rendering, usesXdp } from './rendering.ts';
import { eachContainer, eachWorkload, isOurServer, type Workload } from './workloads.ts';

const SPREAD = ['kubernetes.io/hostname', 'topology.kubernetes.io/zone'];
/** How long the API drains at most, after it has looked away. */
const DRAIN_MS = 10_000;

/** A new version replaces the old one without an outage: one more first, and the old one ends in its time. */
export function checkRollouts(rendering: Rendering): string[] {
  return [
    ...eachWorkload(rendering, (workload) =>
      isOurServer(workload) ? serverProblems(rendering, workload) : [],
    ),
    ...eachContainer(rendering, (container, { labels }) => {
      const percent = FACTS[labels['app.kubernetes.io/name'] ?? '']?.heapPercent;
      if (percent === undefined) return [];
      const wanted = `--max-old-space-size-percentage=${percent}`;
      return effectiveValue(rendering, container, 'NODE_OPTIONS') === wanted
        ? []
        : [`NODE_OPTIONS is not ${wanted}`];
    }),
    ...ofKind(rendering, 'Deployment')
      .filter(({ spec }) => !(spec.revisionHistoryLimit >= 1))
      .map((deployment) => `${nameOf(deployment)}: revisionHistoryLimit leaves no way back, or too many`),
  ];
}

function serverProblems(rendering: Rendering, { object, labels, pod, containers }: Workload): string[] {
  const { type, rollingUpdate = {} } = object.spec.strategy ?? {};
  const keys = (pod.topologySpreadConstraints ?? []).map((each: { topologyKey: string }) => each.topologyKey);
  const mayGo = usesXdp(rendering) && labels['app.kubernetes.io/name'] === 'fastpath';
  const delay = Number(effectiveValue(rendering, containers.at(-1)!, 'SHUTDOWN_DELAY_MS'));
  const grace = (pod.terminationGracePeriodSeconds ?? 30) * 1000;
  return [
    ...(type === 'RollingUpdate' ? [] : ['its strategy is no RollingUpdate']),
    ...(mayGo || rollingUpdate.maxUnavailable === 0
      ? []
      : ['the old one may go before the new one is ready']),
    ...SPREAD.filter((key) => !keys.includes(key)).map((key) => `it is not spread by ${key}`),
    ...(delay >= 5000 ? [] : [`SHUTDOWN_DELAY_MS is ${delay}: it closes while it still gets requests`]),
    ...(grace > delay + DRAIN_MS ? [] : [`it is killed after ${grace} ms, while it drains`]),
  ];
}
