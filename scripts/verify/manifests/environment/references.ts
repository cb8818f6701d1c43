import { nameOf } from '../../../kubernetes/object.ts';
import { ofKind, type Rendering } from '../rendering.ts';
import { type Container, type Pod, workloadsOf } from '../workloads.ts';
import { dataOf } from './variables.ts';

interface Reference {
  kind: 'ConfigMap' | 'Secret';
  name: string;
  keys?: string[];
  optional?: boolean;
  /** For messages: who names it. */
  by: string;
}

type Unnamed = Omit<Reference, 'by'>;

/** Every ConfigMap and Secret that something names is there, or is one that somebody makes before; and has the key. */
export function checkReferences(rendering: Rendering): string[] {
  const references = [...fromPods(rendering), ...fromIngresses(rendering)];
  const named = (kind: string, name: string) =>
    references.some((each) => each.kind === kind && each.name === name);
  return [
    ...references.flatMap((reference) => problemsOf(rendering, reference)),
    ...ofKind(rendering, 'ConfigMap', 'Secret')
      // Dashboards are found by their label.
      .filter(({ kind, metadata }) => !named(kind, metadata.name) && !metadata.labels?.grafana_dashboard)
      .map((object) => `${nameOf(object)}: nothing reads it`),
  ];
}

function problemsOf(rendering: Rendering, { kind, name, keys = [], optional, by }: Reference): string[] {
  if (optional) return [];
  const data = dataOf(rendering, kind, name);
  if (!data) return [`${by}: there is no ${kind} ${name}`];
  return keys.filter((key) => !(key in data)).map((key) => `${by}: ${kind} ${name} has no ${key}`);
}

function fromPods(rendering: Rendering): Reference[] {
  return workloadsOf(rendering).flatMap(({ title, pod, containers }) => [
    ...containers.flatMap((container) =>
      fromEnv(container).map((each) => ({ ...each, by: `${title}: container ${container.name}` })),
    ),
    ...fromVolumes(pod).map((each) => ({ ...each, by: title })),
  ]);
}

function fromEnv({ env = [], envFrom = [] }: Container): Unnamed[] {
  return [
    ...envFrom.flatMap(({ configMapRef, secretRef }) => both(configMapRef, secretRef)),
    ...env.flatMap(({ valueFrom: { configMapKeyRef, secretKeyRef } = {} }) =>
      both(configMapKeyRef, secretKeyRef).map((each) => ({
        ...each,
        keys: [(configMapKeyRef ?? secretKeyRef)!.key],
      })),
    ),
  ];
}

function fromVolumes({ volumes = [] }: Pod): Unnamed[] {
  return volumes.flatMap(({ configMap, secret }) =>
    both(configMap, secret && { ...secret, name: secret.secretName }).map((each) => ({
      ...each,
      keys: (configMap ?? secret)?.items?.map(({ key }) => key),
    })),
  );
}

function both(configMap: Named | undefined, secret: Named | undefined): Unnamed[] {
  const pick = ({ name, optional }: Named) => ({ name, optional });
  return [
    ...(configMap ? [{ kind: 'ConfigMap' as const, ...pick(configMap) }] : []),
    ...(secret ? [{ kind: 'Secret' as const, ...pick(secret) }] : []),
  ];
}

interface Named {
  name: string;
  optional?: boolean;
}

function fromIngresses(rendering: Rendering): Reference[] {
  return ofKind(rendering, 'Ingress').flatMap((ingress) =>
    ((ingress.spec.tls ?? []) as { secretName: string }[]).map(({ secretName }) => ({
      kind: 'Secret',
      name: secretName,
      by: nameOf(ingress),
    })),
  );
}
