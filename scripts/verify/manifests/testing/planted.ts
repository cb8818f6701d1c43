// Tests plant a defect into a copy of what an overlay really makes, and see it found.
import { expect } from 'vitest';
import type { KubernetesObject } from '../../../kubernetes/object.ts';
import { findOverlays } from '../kustomize-cases.ts';
import { renderKustomize } from '../render-all.ts';
import type { Check, Rendering } from '../rendering.ts';

const rendered = new Map<string, Promise<Rendering>>();

export function overlay(name: string): Promise<Rendering> {
  const found = findOverlays().find((each) => each.name === `overlays/${name}`);
  if (!found) throw new Error(`there is no overlay ${name}`);
  if (!rendered.has(name)) rendered.set(name, renderKustomize(found));
  return rendered.get(name)!;
}

/** Changes one object; names of ConfigMaps and Secrets are given without their hash. */
export type Defect = (object: KubernetesObject) => unknown;

export function plant(rendering: Rendering, title: string, defect: Defect): Rendering {
  const planted = structuredClone(rendering);
  const [kind, name] = title.split(' ');
  const target = planted.objects.find(
    (object) => object.kind === kind && object.metadata.name.replace(/-[0-9a-z]{10}$/, '') === name,
  );
  expect(target, `${rendering.name} has no ${title}`).toBeDefined();
  defect(target!);
  return planted;
}

/** Without the defect the check finds nothing, with it this problem (a part of the text). */
export function expectFound(
  check: Check,
  rendering: Rendering,
  title: string,
  defect: Defect,
  problem: string,
): void {
  expect(check(rendering)).toEqual([]);
  expect(check(plant(rendering, title, defect)).join('\n')).toContain(problem);
}

/** The first container of a workload. */
export function containerOf({ spec }: KubernetesObject) {
  return (spec.template?.spec ?? spec).containers[0];
}

export function podOf({ spec }: KubernetesObject) {
  return spec.template.spec;
}
