// Pods, wherever their template is.
import { type KubernetesObject, nameOf } from '../../kubernetes/object.ts';
import { OUR_SERVICES } from './facts.ts';
import type { Rendering } from './rendering.ts';
import type { Labels } from './selecting.ts';

export interface ContainerPort {
  name?: string;
  containerPort: number;
  hostPort?: number;
  protocol?: string;
}

interface KeyRef {
  name: string;
  key: string;
  optional?: boolean;
}

export interface EnvVar {
  name: string;
  value?: string;
  valueFrom?: {
    configMapKeyRef?: KeyRef;
    secretKeyRef?: KeyRef;
    fieldRef?: object;
    resourceFieldRef?: object;
  };
}

export interface EnvFrom {
  prefix?: string;
  configMapRef?: { name: string; optional?: boolean };
  secretRef?: { name: string; optional?: boolean };
}

export interface Probe {
  httpGet?: { path?: string; port: number | string };
  grpc?: { port: number; service?: string };
  tcpSocket?: object;
  exec?: { command?: string[] };
  periodSeconds?: number;
  failureThreshold?: number;
}

export interface Container {
  name: string;
  image?: string;
  command?: string[];
  args?: string[];
  env?: EnvVar[];
  envFrom?: EnvFrom[];
  ports?: ContainerPort[];
  resources?: { requests?: Record<string, string>; limits?: Record<string, string> };
  startupProbe?: Probe;
  livenessProbe?: Probe;
  readinessProbe?: Probe;
  lifecycle?: object;
  volumeMounts?: { name: string; mountPath: string; readOnly?: boolean }[];
  // biome-ignore lint/suspicious/noExplicitAny: the checks of schemas have looked at its fields.
  securityContext?: any;
}

export interface Volume {
  name: string;
  emptyDir?: { sizeLimit?: string; medium?: string };
  configMap?: { name: string; optional?: boolean; items?: { key: string }[] };
  secret?: { secretName: string; optional?: boolean; items?: { key: string }[] };
  projected?: { sources: { serviceAccountToken?: object; configMap?: KeyRef; secret?: KeyRef }[] };
  [source: string]: unknown;
}

export interface Pod {
  containers: Container[];
  initContainers?: Container[];
  volumes?: Volume[];
  serviceAccountName?: string;
  automountServiceAccountToken?: boolean;
  enableServiceLinks?: boolean;
  hostNetwork?: boolean;
  terminationGracePeriodSeconds?: number;
  restartPolicy?: string;
  // biome-ignore lint/suspicious/noExplicitAny: the checks of schemas have looked at its fields.
  [field: string]: any;
}

export interface Workload {
  /** For messages: "Deployment api". */
  title: string;
  object: KubernetesObject;
  labels: Labels;
  pod: Pod;
  /** Those of the start too. */
  containers: Container[];
}

/** Everything that makes pods, and pods themselves. */
export function workloadsOf({ objects }: Pick<Rendering, 'objects'>): Workload[] {
  return objects.flatMap((object) => {
    const template = templateOf(object);
    if (!template?.spec?.containers) return [];
    const pod = template.spec as Pod;
    const containers = [...(pod.initContainers ?? []), ...pod.containers];
    return [{ title: nameOf(object), object, labels: template.metadata?.labels ?? {}, pod, containers }];
  });
}

function templateOf(object: KubernetesObject) {
  if (object.kind === 'Pod') return object;
  return object.kind === 'CronJob' ? object.spec?.jobTemplate?.spec?.template : object.spec?.template;
}

/** Runs a check on every container; its problems get the names in front. */
export function eachContainer(
  rendering: Pick<Rendering, 'objects'>,
  check: (container: Container, workload: Workload) => string[],
): string[] {
  return workloadsOf(rendering).flatMap((workload) =>
    workload.containers.flatMap((container) =>
      check(container, workload).map(
        (problem) => `${workload.title}: container ${container.name}: ${problem}`,
      ),
    ),
  );
}

/** Runs a check on every pod template; its problems get the name in front. */
export function eachWorkload(
  rendering: Pick<Rendering, 'objects'>,
  check: (workload: Workload) => string[],
): string[] {
  return workloadsOf(rendering).flatMap((workload) =>
    check(workload).map((problem) => `${workload.title}: ${problem}`),
  );
}

/** A server of ours, as opposed to a Job or a test that has the same image. */
export function isOurServer({ object, labels }: Workload): boolean {
  return object.kind === 'Deployment' && OUR_SERVICES.includes(labels['app.kubernetes.io/name']!);
}
