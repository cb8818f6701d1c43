import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { KubernetesObject } from '../../kubernetes/object.ts';
import { parseObjects } from '../../kubernetes/render.ts';
import { repositoryRoot } from '../../repository.ts';
import { examine, type Known } from './result-labels.ts';

/** The folder of the component, from the top of the repository. */
export const COMPONENT = 'k8s/kustomize/components/monitoring';

export interface Rule {
  alert?: string;
  record?: string;
  expr: string;
  for?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
}
export type Alert = Rule & { alert: string };
export interface Group {
  name: string;
  rules: Rule[];
}

export function groupsOf(objects: readonly KubernetesObject[]): Group[] {
  return objects
    .filter(({ kind }) => kind === 'PrometheusRule')
    .flatMap(({ spec }) => spec.groups as Group[]);
}

export function rulesOf(groups: readonly Group[]): Rule[] {
  return groups.flatMap(({ rules }) => rules);
}

export function alertsOf(groups: readonly Group[]): Alert[] {
  return rulesOf(groups).filter((rule): rule is Alert => rule.alert !== undefined);
}

/** As the files of the component have them: for tests, which need no kubectl. */
export function readGroups(): Group[] {
  const files = globSync(`${COMPONENT}/rules/*.yaml`, { cwd: repositoryRoot }).sort();
  return groupsOf(files.flatMap((file) => parseObjects(readFileSync(join(repositoryRoot, file), 'utf8'))));
}

/** The labels of what is recorded, by name. A rule may use what stands before it. */
export function recordedLabels(groups: readonly Group[], catalogue: Known['catalogue']): Known['recorded'] {
  const recorded = new Map<string, Set<string>>();
  for (const { record, expr, labels = {} } of rulesOf(groups)) {
    if (record === undefined) continue;
    const result = examine(expr, { catalogue, recorded }).labels;
    recorded.set(record, new Set([...result, ...Object.keys(labels)]));
  }
  return recorded;
}
