import { type KubernetesObject, nameOf } from '../../kubernetes/object.ts';
import { DATABASES, ofKind, type Rendering } from './rendering.ts';

/** Data is on volumes that outlive pods, and that their user may write. */
export function checkStatefulSets(rendering: Rendering): string[] {
  const wanted = DATABASES.filter((name) => rendering.components.has(name)).map(
    (name) => `StatefulSet ${name}`,
  );
  const sets = ofKind(rendering, 'StatefulSet');
  const found = sets.map(nameOf);
  return [
    ...wanted.filter((name) => !found.includes(name)).map((name) => `${name} is missing`),
    ...found.filter((name) => !wanted.includes(name)).map((name) => `${name} is one too many`),
    ...sets.flatMap((set) => setProblems(set, rendering).map((problem) => `${nameOf(set)}: ${problem}`)),
  ];
}

function setProblems({ spec }: KubernetesObject, rendering: Rendering): string[] {
  const { fsGroup, runAsGroup, fsGroupChangePolicy } = spec.template.spec.securityContext ?? {};
  const claims = (spec.volumeClaimTemplates ?? []) as { metadata: { name: string } }[];
  const mounted = (spec.template.spec.containers as { volumeMounts?: { name: string }[] }[]).flatMap(
    ({ volumeMounts = [] }) => volumeMounts.map(({ name }) => name),
  );
  const service = ofKind(rendering, 'Service').find(({ metadata }) => metadata.name === spec.serviceName);
  return [
    ...(claims.length > 0 ? [] : ['it has no volume']),
    ...claims
      .filter(({ metadata }) => !mounted.includes(metadata.name))
      .map(({ metadata }) => `nobody mounts ${metadata.name}`),
    // A new volume belongs to root.
    ...(fsGroup !== undefined && fsGroup === runAsGroup ? [] : ['its user may not write to its volume']),
    ...(fsGroupChangePolicy === 'OnRootMismatch' ? [] : ['each start changes the modes of all files']),
    ...(service?.spec.clusterIP === 'None' ? [] : [`serviceName ${spec.serviceName} is no headless Service`]),
    ...(spec.replicas === undefined || spec.replicas === 1
      ? []
      : ['its replicas know nothing of each other']),
  ];
}
