import type { KubernetesObject } from '../../../kubernetes/object.ts';
import type { Rendering } from '../rendering.ts';
import { isRecord } from '../schema/walk.ts';
import { EQUIVALENT } from './cases.ts';
import { normalise } from './normalise.ts';

/** The differences between the two forms that are meant to be the same. */
export function checkEquivalence(renderings: readonly Rendering[]): string[] {
  const [helm, kustomize] = EQUIVALENT.map((name) => renderings.find((each) => each.name === name));
  if (!helm || !kustomize) return [`one of ${EQUIVALENT.join(' and ')} is missing`];
  return differences(helm.objects, kustomize.objects);
}

interface Sides {
  helm: unknown;
  kustomize: unknown;
}

/** Where what Helm makes is not what Kustomize makes: "Deployment api: spec.replicas: 2 with Helm, nothing with Kustomize". */
export function differences(
  helm: readonly KubernetesObject[],
  kustomize: readonly KubernetesObject[],
): string[] {
  const [left, right] = [normalise(helm), normalise(kustomize)];
  return [...new Set([...left.keys(), ...right.keys()])].sort().flatMap((title) => {
    if (!left.has(title)) return [`${title}: only with Kustomize`];
    if (!right.has(title)) return [`${title}: only with Helm`];
    return compared({ helm: left.get(title), kustomize: right.get(title) }, '').map(
      (each) => `${title}: ${each}`,
    );
  });
}

function compared({ helm, kustomize }: Sides, path: string): string[] {
  if (isRecord(helm) && isRecord(kustomize)) {
    const names = new Set([...Object.keys(helm), ...Object.keys(kustomize)]);
    return [...names].flatMap((name) =>
      compared({ helm: helm[name], kustomize: kustomize[name] }, path ? `${path}.${name}` : name),
    );
  }
  if (Array.isArray(helm) && Array.isArray(kustomize)) return comparedLists(helm, kustomize, path);
  if (JSON.stringify(helm) === JSON.stringify(kustomize)) return [];
  return [`${path}: ${show(helm)} with Helm, ${show(kustomize)} with Kustomize`];
}

/** Items that have names are told by name: one that is missing must not make all behind it look different. */
function comparedLists(helm: unknown[], kustomize: unknown[], path: string): string[] {
  const [left, right] = [keyed(helm), keyed(kustomize)];
  return [...new Set([...left.keys(), ...right.keys()])].flatMap((key) =>
    compared({ helm: left.get(key), kustomize: right.get(key) }, `${path}[${key}]`),
  );
}

function keyed(items: unknown[]): Map<string, unknown> {
  return new Map(
    items.map((item, at) => [isRecord(item) && typeof item.name === 'string' ? item.name : `${at}`, item]),
  );
}

function show(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = JSON.stringify(value);
  return text.length > 120 ? `${text.slice(0, 120)}…` : text;
}
