import type { KubernetesObject } from '../../kubernetes/object.ts';
import type { Labels } from './selecting.ts';

/** What one build made, and what was asked of it: what it may do is judged by that, never by what came out. */
export interface Rendering {
  /** For messages: overlays/beta. */
  name: string;
  by: 'kustomize' | 'helm';
  objects: KubernetesObject[];
  /** The folders below base/ that are in it: api, webui, fastpath, namespace. */
  bases: ReadonlySet<string>;
  /** Those below components/, or what is the same with Helm. */
  components: ReadonlySet<string>;
  /** Secrets are there before, made by somebody else. Otherwise every one that is read must be in it. */
  existingSecrets: boolean;
}

/** Problems of one rendering, without its name. */
export type Check = (rendering: Rendering) => string[];

export const DATABASES = ['postgres', 'mysql', 'mariadb'] as const;
export type Database = (typeof DATABASES)[number];

/** The component of a database that is in it; none is a database outside of the cluster. */
export function databaseOf({ components }: Rendering): Database | undefined {
  return DATABASES.find((name) => components.has(name));
}

export function usesXdp({ components }: Rendering): boolean {
  return components.has('xdp');
}

/** Pods that are in the namespace and not in the rendering: the charts bring no Redis, and use that of Kustomize. */
export function podsBeside({ by, components }: Rendering): Labels[] {
  if (by !== 'helm' || !components.has('redis')) return [];
  return [{ 'app.kubernetes.io/name': 'redis', 'app.kubernetes.io/instance': 'tripod' }];
}

export function ofKind({ objects }: Pick<Rendering, 'objects'>, ...kinds: string[]): KubernetesObject[] {
  return objects.filter(({ kind }) => kinds.includes(kind));
}

/** The problems of all renderings, each once, with the names of those that have it. */
export function problemsOf(renderings: readonly Rendering[], check: Check): string[] {
  const where = new Map<string, string[]>();
  for (const rendering of renderings) {
    for (const problem of new Set(check(rendering))) {
      where.set(problem, [...(where.get(problem) ?? []), rendering.name]);
    }
  }
  return [...where].map(([problem, names]) => {
    const more = names.length > 1 ? ` (and ${names.length - 1} more)` : '';
    return `${names[0]}${more}: ${problem}`;
  });
}
