import { nameOf } from '../../kubernetes/object.ts';
import { ofKind, type Rendering, usesXdp } from './rendering.ts';
import { kindOf } from './schema/kinds.ts';

const NAMESPACE = 'tripod';
const MODES = ['enforce', 'audit', 'warn'];

/** Everything is in the namespace, and the namespace enforces what its pods keep to. */
export function checkNamespaces(rendering: Rendering): string[] {
  const strays = rendering.objects.filter((object) => {
    const wanted = kindOf(object)?.clusterWide ? undefined : NAMESPACE;
    return object.metadata.namespace !== wanted;
  });
  return [
    ...strays.map((object) => `${nameOf(object)}: its namespace is ${object.metadata.namespace}`),
    ...securityProblems(rendering),
  ];
}

/** Helm does not make the namespace that it installs into. */
function securityProblems(rendering: Rendering): string[] {
  const [namespace, ...more] = ofKind(rendering, 'Namespace');
  if (!namespace) return rendering.by === 'helm' ? [] : [`Namespace ${NAMESPACE} is missing`];
  const labels = namespace.metadata.labels ?? {};
  const level = (mode: string) => (usesXdp(rendering) && mode === 'enforce' ? 'privileged' : 'restricted');
  const wanted = MODES.flatMap((mode) => [
    [`pod-security.kubernetes.io/${mode}`, level(mode)],
    [`pod-security.kubernetes.io/${mode}-version`, 'v1.32'],
  ]);
  return [
    ...wanted
      .filter(([label, value]) => labels[label!] !== value)
      .map(([label, value]) => `${nameOf(namespace)}: ${label} is ${labels[label!]} and not ${value}`),
    ...more.map((each) => `${nameOf(each)} is one too many`),
  ];
}
