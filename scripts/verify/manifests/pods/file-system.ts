import type { Rendering } from '../rendering.ts';
import { type Container, eachContainer, eachWorkload, type Volume, type Workload } from '../workloads.ts';
import { quantity } from './quantity.ts';

/** The root is read-only; what is written goes into a volume, and each volume has a limit that the pod may use up. */
export function checkFileSystems(rendering: Rendering): string[] {
  return [
    ...eachContainer(rendering, (container, { pod, object }) => {
      const claims = (object.spec?.volumeClaimTemplates ?? []).map(
        ({ metadata }: { metadata: { name: string } }) => metadata.name,
      );
      return containerProblems(container, pod.volumes ?? [], claims);
    }),
    ...eachWorkload(rendering, volumeProblems),
  ];
}

function containerProblems(container: Container, volumes: Volume[], claims: string[]): string[] {
  const { volumeMounts = [], securityContext = {} } = container;
  const tmp = volumeMounts.find(({ mountPath }) => mountPath === '/tmp');
  const unknown = volumeMounts.filter(
    ({ name }) => !volumes.some((each) => each.name === name) && !claims.includes(name),
  );
  const open = volumeMounts.filter(({ name, readOnly }) => {
    const volume = volumes.find((each) => each.name === name);
    return !readOnly && (volume?.configMap || volume?.secret || volume?.projected);
  });
  const paths = volumeMounts.map(({ mountPath }) => mountPath);
  return [
    ...(securityContext.readOnlyRootFilesystem === true ? [] : ['its root file system is not read-only']),
    ...(tmp && volumes.some(({ name, emptyDir }) => name === tmp.name && emptyDir)
      ? []
      : ['/tmp is no emptyDir']),
    ...unknown.map(({ name }) => `it mounts ${name}, which is no volume`),
    ...open.map(({ name }) => `it mounts ${name} for writing, which nobody can`),
    ...paths.filter((path, at) => paths.indexOf(path) !== at).map((path) => `two volumes at ${path}`),
  ];
}

function volumeProblems({ pod, containers }: Workload): string[] {
  const volumes = pod.volumes ?? [];
  const mounted = new Set(
    containers.flatMap(({ volumeMounts = [] }) => volumeMounts.map(({ name }) => name)),
  );
  const empty = volumes.flatMap(({ name, emptyDir }) => (emptyDir ? [{ name, ...emptyDir }] : []));
  const size = (inMemory: boolean) =>
    empty
      .filter(({ medium }) => (medium === 'Memory') === inMemory)
      .reduce((sum, { sizeLimit = '0' }) => sum + quantity(sizeLimit), 0);
  const limit = (resource: string) =>
    containers.reduce((sum, { resources }) => sum + quantity(resources?.limits?.[resource] ?? '0'), 0);
  return [
    ...volumes.filter(({ name }) => !mounted.has(name)).map(({ name }) => `nobody mounts volume ${name}`),
    ...empty.filter(({ sizeLimit }) => !sizeLimit).map(({ name }) => `volume ${name} has no sizeLimit`),
    // A pod that uses more than its limit is evicted: its volumes must fit into it.
    ...(size(false) > limit('ephemeral-storage')
      ? ['its volumes are larger than its ephemeral-storage']
      : []),
    ...(size(true) >= limit('memory') ? ['its volumes in memory are as large as its memory'] : []),
  ];
}
