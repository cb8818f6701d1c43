// What Helm and Kustomize cannot make alike, or write in another order, taken out of both before they are compared.
import { isDeepStrictEqual } from 'node:util';
import type { KubernetesObject } from '../../../kubernetes/object.ts';
import { isRecord } from '../schema/walk.ts';

/** Of Helm: who manages an object, and with which chart. */
const LABELS = ['app.kubernetes.io/managed-by', 'app.kubernetes.io/version', 'helm.sh/chart'];
/**
 * Annotations of those who deploy: hooks of Helm; the replacement of a Job, which Argo CD and Flux are told and Helm does
 * by its hook; checksums, by which Helm rolls a change of a ConfigMap out as Kustomize does by its hash.
 */
const ANNOTATIONS = /^(helm\.sh\/|argocd\.argoproj\.io\/|kustomize\.toolkit\.fluxcd\.io\/|checksum\/)/;
/** Lists whose order says nothing. Those with names are compared by name. */
const UNORDERED = [
  'env',
  'ports',
  'volumes',
  'volumeMounts',
  'ingress',
  'egress',
  'from',
  'to',
  'policyTypes',
  'add',
  'drop',
];

/** Objects by "kind name", made comparable. */
export function normalise(all: readonly KubernetesObject[]): Map<string, unknown> {
  const objects = withoutCopies(all);
  const hashed = new Map(
    objects
      .filter(({ kind, metadata }) => kind === 'ConfigMap' && HASH.test(metadata.name))
      .map(({ metadata }) => [metadata.name, metadata.name.replace(HASH, '')]),
  );
  return new Map(
    objects.filter(isCompared).map((object) => {
      const plain = sorted(withoutNames(object, hashed), '') as KubernetesObject;
      if (plain.kind === 'Job') delete plain.spec.ttlSecondsAfterFinished;
      return [`${plain.kind} ${plain.metadata.name}`, plain];
    }),
  );
}

const HASH = /-[0-9a-z]{10}$/;

/** Of Kustomize alone: the namespace, a Redis, rules and dashboards. Of Helm alone: its tests. */
function isCompared({ kind, metadata }: KubernetesObject): boolean {
  const name = metadata.labels?.['app.kubernetes.io/name'] ?? '';
  const ofKustomize =
    ['Namespace', 'PrometheusRule'].includes(kind) || ['redis', 'monitoring'].includes(name);
  return !ofKustomize && !/-test$/.test(name) && !/-from-test$/.test(metadata.name);
}

/**
 * Before a release there is nothing of it, so the migration of Helm brings along what others have later: the variables
 * of the database under a name of its own, and a rule for DNS. Copies that say the same are taken for the original.
 */
function withoutCopies(all: readonly KubernetesObject[]): KubernetesObject[] {
  const objects = structuredClone([...all]);
  const find = (kind: string, name: string) =>
    objects.find((object) => object.kind === kind && object.metadata.name === name);
  const copy = find('ConfigMap', 'api-migrate');
  if (copy && isDeepStrictEqual(copy.data, find('ConfigMap', 'database')?.data)) {
    objects.splice(objects.indexOf(copy), 1);
    const [container] = find('Job', 'api-migrate')?.spec.template.spec.containers ?? [];
    for (const { configMapRef } of container?.envFrom ?? []) if (configMapRef) configMapRef.name = 'database';
  }
  const dns = find('NetworkPolicy', 'allow-dns')?.spec.egress?.[0];
  const { spec } = find('NetworkPolicy', 'api-migrate') ?? { spec: {} };
  if (dns && spec.egress)
    spec.egress = (spec.egress as object[]).filter((rule) => !isDeepStrictEqual(rule, dns));
  return objects;
}

/** ConfigMaps of Kustomize are called by their content; so are all references to them. */
function withoutNames(value: unknown, names: ReadonlyMap<string, string>): unknown {
  if (Array.isArray(value)) return value.map((item) => withoutNames(item, names));
  if (isRecord(value)) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withoutNames(item, names)]));
  }
  return typeof value === 'string' ? (names.get(value) ?? value) : value;
}

function sorted(value: unknown, key: string): unknown {
  if (Array.isArray(value)) {
    const items = value.map((item) => sorted(item, ''));
    return UNORDERED.includes(key) ? items.sort((a, b) => compare(rank(a), rank(b))) : items;
  }
  if (!isRecord(value)) return value;
  const entries = Object.entries(value)
    .filter(([name]) => !(key === 'labels' && LABELS.includes(name)))
    .filter(([name]) => !(key === 'annotations' && ANNOTATIONS.test(name)))
    .map(([name, item]): [string, unknown] => [name, sorted(item, name)])
    // Written out or not, the server fills in TCP.
    .filter(([name, item]) => !(name === 'protocol' && item === 'TCP'))
    .filter(([name, item]) => !(['annotations', 'labels'].includes(name) && isEmpty(item)));
  return Object.fromEntries(entries.sort(([a], [b]) => compare(a, b)));
}

function rank(item: unknown): string {
  return isRecord(item) && typeof item.name === 'string' ? item.name : JSON.stringify(item);
}

function isEmpty(value: unknown): boolean {
  return isRecord(value) && Object.keys(value).length === 0;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
