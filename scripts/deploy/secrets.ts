// The Secrets that a deployment needs and does not make: are they there, with their keys? Values stay where they are.
import type { Cluster } from './cluster.ts';
import { containersOf, type Manifest, podSpecOf, type SecretReference } from './manifest.ts';

/** What the services read from a Secret that is taken as a whole: each line is one of these sets of keys. */
const KEYS: Record<string, string[][]> = {
  api: [['JWT_KEYS']],
  fastpath: [['FASTPATH_SECRET']],
  database: [['DB_USER', 'DB_PASS'], ['DATABASE_URL']],
  redis: [['REDIS_URL']],
};

/** What is missing, one line each; empty when all is there. */
export async function missingSecrets(cluster: Cluster, manifest: Manifest): Promise<string[]> {
  const made = new Set(
    manifest.objects.filter(({ kind }) => kind === 'Secret').map(({ metadata }) => metadata.name),
  );
  const references = manifest.objects.flatMap(referencesOf).filter(({ name }) => !made.has(name));
  const problems: string[] = [];
  for (const name of new Set(references.map((one) => one.name))) {
    const required = references.filter((one) => one.name === name && !one.optional);
    const keys = await keysOf(cluster, name);
    if (!keys) {
      if (required.length > 0)
        problems.push(`Secret ${name} is missing: it needs ${describe(name, required)}`);
      continue;
    }
    const lacking = required.flatMap(({ key }) => (key && !keys.has(key) ? [key] : []));
    const sets = KEYS[name] ?? [];
    if (sets.length > 0 && !sets.some((set) => set.every((key) => keys.has(key))))
      lacking.push(describe(name, []));
    if (lacking.length > 0) problems.push(`Secret ${name} has no ${[...new Set(lacking)].join(', no ')}`);
  }
  return problems;
}

function describe(name: string, required: readonly SecretReference[]): string {
  const sets = (KEYS[name] ?? []).map((set) => set.join(' and ')).join(', or ');
  const keys = required.flatMap(({ key }) => (key ? [key] : []));
  return [...new Set([sets, ...keys])].filter(Boolean).join(', ') || 'the keys that its pods read';
}

/** The keys with a value; undefined when there is no such Secret. The template leaves the values in kubectl. */
async function keysOf(cluster: Cluster, name: string): Promise<Set<string> | undefined> {
  const template =
    '--output=go-template={{range $key, $value := .data}}{{if $value}}{{$key}}{{"\\n"}}{{end}}{{end}}.';
  const text = await cluster.ask(['get', 'secret', name, '--ignore-not-found', template]);
  return text === '' ? undefined : new Set(text.split('\n').slice(0, -1));
}

function referencesOf(object: Manifest['objects'][number]): SecretReference[] {
  const pod = podSpecOf(object);
  if (!pod) return [];
  const containers = containersOf(pod);
  const { volumes = [], imagePullSecrets = [] } = pod;
  const found = [
    ...containers.flatMap(({ envFrom = [] }) => envFrom.map(({ secretRef }) => secretRef)),
    ...containers.flatMap(({ env = [] }) => env.map(({ valueFrom }) => valueFrom?.secretKeyRef)),
    ...volumes.map(({ secret }) => secret && { name: secret.secretName, optional: secret.optional }),
    ...volumes.flatMap(({ projected }) => (projected?.sources ?? []).map(({ secret }) => secret)),
    ...imagePullSecrets,
  ];
  return found.filter((one) => one !== undefined);
}
