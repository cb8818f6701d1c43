import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parse } from 'yaml';

interface Kustomization {
  resources?: string[];
  components?: string[];
}

/** The folders that a kustomization names as resource or component, and those that these name. */
export function readParts(top: string, folder: string, found = new Set<string>()): Set<string> {
  const absolute = resolve(top, folder);
  const file = join(absolute, 'kustomization.yaml');
  if (!existsSync(file)) return found;
  const { resources = [], components = [] } = parse(readFileSync(file, 'utf8')) as Kustomization;
  for (const path of [...resources, ...components]) {
    const part = join(absolute, path);
    if (found.has(part) || !existsSync(join(part, 'kustomization.yaml'))) continue;
    found.add(part);
    readParts(top, part, found);
  }
  return found;
}
