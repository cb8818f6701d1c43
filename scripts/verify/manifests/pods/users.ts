import { FACTS } from '../facts.ts';
import { type Rendering, usesXdp } from '../rendering.ts';
import { eachWorkload, type Workload } from '../workloads.ts';

const LEAST = 10_000;

/** Each pod has a user of its own that no user of a node or of another pod is. */
export function checkUsers(rendering: Rendering): string[] {
  return eachWorkload(rendering, (workload) => {
    const name = workload.labels['app.kubernetes.io/name'] ?? '';
    if (usesXdp(rendering) && name === 'fastpath') return [];
    return userProblems(workload, FACTS[name]?.user);
  });
}

function userProblems({ pod, containers }: Workload, wanted: number | undefined): string[] {
  const { runAsUser, runAsGroup, fsGroup = runAsGroup, supplementalGroups = [] } = pod.securityContext ?? {};
  const ids = Object.entries({ runAsUser, runAsGroup, fsGroup });
  return [
    ...ids
      .filter(([, id]) => !(id >= LEAST) || (wanted !== undefined && id !== wanted))
      .map(([field, id]) => `${field} is ${id} and not ${wanted ?? `${LEAST} or more`}`),
    ...containers
      .filter(({ securityContext: own = {} }) => own.runAsUser !== undefined || own.runAsGroup !== undefined)
      .map(({ name }) => `container ${name}: a user of its own`),
    ...(supplementalGroups.length > 0 ? ['it has more groups'] : []),
  ];
}
