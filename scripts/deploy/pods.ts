interface ContainerStatus {
  name: string;
  ready: boolean;
  restartCount: number;
  state?: {
    waiting?: { reason?: string; message?: string };
    terminated?: { reason?: string; exitCode?: number };
  };
}

/** What of a pod tells how it is. */
export interface Pod {
  metadata: { name: string };
  status?: {
    phase?: string;
    conditions?: { type: string; status: string; message?: string }[];
    initContainerStatuses?: ContainerStatus[];
    containerStatuses?: ContainerStatus[];
  };
}

/** In a few words: `api-7d9f-x2x: Pending, api: ImagePullBackOff (Back-off pulling image …)`. */
export function stateOf({ metadata, status }: Pod): string {
  const containers = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
  const troubles = containers.flatMap(({ name, state, restartCount }) => {
    const { waiting, terminated } = state ?? {};
    const restarts = restartCount > 0 ? `, restarted ${restartCount} times` : '';
    if (waiting)
      return [`${name}: ${waiting.reason}${waiting.message ? ` (${waiting.message})` : ''}${restarts}`];
    if (terminated && terminated.exitCode !== 0)
      return [`${name}: exit code ${terminated.exitCode}${restarts}`];
    return restarts ? [`${name}${restarts}`] : [];
  });
  const unscheduled = status?.conditions?.find(
    ({ type, status }) => type === 'PodScheduled' && status === 'False',
  );
  const why = unscheduled?.message ? [unscheduled.message] : troubles;
  return [`${metadata.name}: ${status?.phase ?? 'unknown'}`, ...why].join(', ');
}

/** Serves, or has done its work. */
export function isFine({ status }: Pod): boolean {
  if (status?.phase === 'Succeeded') return true;
  return (status?.conditions ?? []).some(({ type, status }) => type === 'Ready' && status === 'True');
}

export function hasRestarted({ status }: Pod): boolean {
  return (status?.containerStatuses ?? []).some(({ restartCount }) => restartCount > 0);
}
