import { type KubernetesObject, nameOf } from '../../../kubernetes/object.ts';
import { ofKind, type Rendering } from '../rendering.ts';
import { type Container, workloadsOf } from '../workloads.ts';

const MIGRATION = ['pre-install', 'pre-upgrade'];
const REPLACED = 'before-hook-creation';

/**
 * The migration runs before the release: what its pod needs must be there by then, from a hook before it, or from somebody
 * else. Tests run when somebody asks.
 */
export function checkHooks(rendering: Rendering): string[] {
  if (rendering.by !== 'helm') return [];
  return [
    ...ofKind(rendering, 'Job')
      .filter((job) => hooksOf(job).length === 0)
      .map((job) => `${nameOf(job)}: it is no hook`),
    ...rendering.objects
      .filter((object) => hooksOf(object).length > 0)
      .flatMap((object) => hookProblems(object, rendering).map((problem) => `${nameOf(object)}: ${problem}`)),
  ];
}

function hooksOf({ metadata }: KubernetesObject): string[] {
  return (metadata.annotations?.['helm.sh/hook'] ?? '')
    .split(',')
    .map((each) => each.trim())
    .filter(Boolean);
}

function weightOf({ metadata }: KubernetesObject): number {
  return Number(metadata.annotations?.['helm.sh/hook-weight'] ?? 0);
}

function hookProblems(object: KubernetesObject, rendering: Rendering): string[] {
  const hooks = hooksOf(object);
  const policy = object.metadata.annotations?.['helm.sh/hook-delete-policy'] ?? '';
  return [
    // Otherwise the second one meets the first: "already exists".
    ...(policy.includes(REPLACED) ? [] : [`it is not deleted ${REPLACED}`]),
    ...(object.kind === 'Job' && !MIGRATION.every((hook) => hooks.includes(hook))
      ? [`it does not run ${MIGRATION.join(' and ')}`]
      : []),
    ...(hooks.includes('test') ? [] : neededBy(object, rendering)),
  ];
}

function neededBy(object: KubernetesObject, rendering: Rendering): string[] {
  const [workload] = workloadsOf({ objects: [object] });
  if (!workload) return [];
  const needed = [
    `ServiceAccount ${workload.pod.serviceAccountName}`,
    ...workload.containers.flatMap(configMapsOf).map((name) => `ConfigMap ${name}`),
  ];
  return needed
    .filter((title) => {
      const other = rendering.objects.find((each) => nameOf(each) === title);
      const early = other && hooksOf(object).every((hook) => hooksOf(other).includes(hook));
      return !(early && weightOf(other) < weightOf(object));
    })
    .map((title) => `${title} is not there before it`);
}

function configMapsOf({ env = [], envFrom = [] }: Container): string[] {
  return [
    ...envFrom.flatMap(({ configMapRef }) => configMapRef?.name ?? []),
    ...env.flatMap(({ valueFrom }) => valueFrom?.configMapKeyRef?.name ?? []),
  ];
}
