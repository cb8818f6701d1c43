import { type KubernetesObject, nameOf } from '../../kubernetes/object.ts';
import { FACTS } from './facts.ts';
import type { Rendering } from './rendering.ts';
import type { Labels } from './selecting.ts';
import { eachWorkload } from './workloads.ts';

const PREFIX = 'app.kubernetes.io/';
/** They belong to the namespace as a whole. */
const OF_ALL = ['Namespace tripod', 'NetworkPolicy default-deny', 'NetworkPolicy allow-dns'];

/** People and tools find everything of the product, and everything of a service, by labels. */
export function checkLabels(rendering: Rendering): string[] {
  return [
    ...rendering.objects.flatMap((object) =>
      objectProblems(object, rendering.by).map((problem) => `${nameOf(object)}: ${problem}`),
    ),
    ...eachWorkload(rendering, ({ labels }) => nameProblems(labels).map((problem) => `its pods: ${problem}`)),
  ];
}

function objectProblems(object: KubernetesObject, by: Rendering['by']): string[] {
  const labels = object.metadata.labels ?? {};
  const own = OF_ALL.includes(nameOf(object)) ? wholeProblems(labels) : nameProblems(labels);
  const helm = ['managed-by', 'version'].filter((label) => !labels[PREFIX + label]);
  return by === 'helm' ? [...own, ...helm.map((label) => `label ${label} is missing`)] : own;
}

function nameProblems(labels: Labels): string[] {
  const name = labels[`${PREFIX}name`] ?? '';
  const component = FACTS[name]?.component;
  if (component === undefined) return [`label name "${name}" is none of ours`];
  const given = labels[`${PREFIX}component`];
  const wrong = given === component ? [] : [`label component is "${given}" and not "${component}"`];
  return [...wholeProblems(labels), ...wrong];
}

function wholeProblems(labels: Labels): string[] {
  return ['instance', 'part-of']
    .filter((label) => labels[PREFIX + label] !== 'tripod')
    .map((label) => `label ${label} is not "tripod"`);
}
