import { type KubernetesObject, nameOf } from '../../kubernetes/object.ts';

/** Where a pod may name another object, and what kind that is. */
const REFERENCES: Readonly<Record<string, string>> = {
  configMapRef: 'ConfigMap',
  configMapKeyRef: 'ConfigMap',
  configMap: 'ConfigMap',
  secretRef: 'Secret',
  secretKeyRef: 'Secret',
  secret: 'Secret',
};

/**
 * ConfigMaps, Secrets and keys that a pod template names and that are not among the objects; a pod would wait for them
 * for ever. `existing` are the Secrets that the cluster has before.
 */
export function brokenReferences(
  objects: readonly KubernetesObject[],
  existing: readonly string[],
): string[] {
  return objects.flatMap((object) => {
    const pod = object.spec?.template?.spec;
    return pod
      ? referencesIn(pod).flatMap((reference) => problemOf(object, reference, objects, existing))
      : [];
  });
}

interface Reference {
  kind: string;
  name: string;
  key: string | undefined;
}

function referencesIn(value: unknown): Reference[] {
  if (Array.isArray(value)) return value.flatMap(referencesIn);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([field, inner]) => {
    const kind = REFERENCES[field];
    const name = inner?.name ?? inner?.secretName;
    if (kind && name && !inner.optional) return [{ kind, name, key: inner.key }];
    return referencesIn(inner);
  });
}

function problemOf(
  owner: KubernetesObject,
  { kind, name, key }: Reference,
  objects: readonly KubernetesObject[],
  existing: readonly string[],
): string[] {
  if (kind === 'Secret' && existing.includes(name)) return [];
  const target = objects.find((object) => object.kind === kind && object.metadata.name === name);
  if (!target) return [`${nameOf(owner)} names the ${kind} ${name}, which does not exist`];
  const keys = Object.keys({ ...target.data, ...target.stringData, ...target.binaryData });
  return key && !keys.includes(key)
    ? [`${nameOf(owner)} names the key ${key} that ${kind} ${name} lacks`]
    : [];
}
