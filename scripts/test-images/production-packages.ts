import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { inRepository } from '../repository.ts';

interface Lockfile {
  importers: Record<string, { dependencies?: Record<string, { version: string }> }>;
  snapshots: Record<string, Dependencies>;
}

interface Dependencies {
  dependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
}

/** name@version of every package that a service needs at run time, as the lockfile has them. */
export function productionPackages(service: string): Set<string> {
  const { importers, snapshots } = parse(readFileSync(inRepository('pnpm-lock.yaml'), 'utf8')) as Lockfile;
  const folder = `services/${service}`;
  const importer = importers[folder];
  if (!importer) throw new Error(`${folder} is not in the lockfile`);
  const found = new Set<string>();
  const visit = (name: string, version: string) => {
    if (version.startsWith('link:')) return;
    // An alias names the package itself: name: other@1.0.0
    const key = /^@?[^@(]+@/.test(version) ? version : `${name}@${version}`;
    if (found.has(key)) return;
    found.add(key);
    const { dependencies = {}, optionalDependencies = {} } = snapshots[key] ?? {};
    for (const [next, nextVersion] of Object.entries({ ...dependencies, ...optionalDependencies }))
      visit(next, nextVersion);
  };
  for (const [name, { version }] of Object.entries(importer.dependencies ?? {})) visit(name, version);
  return new Set([...found].map(withoutPeers));
}

/** name@version of every package in a deployed node_modules. */
export function deployedPackages(nodeModules: string): string[] {
  return readdirSync(join(nodeModules, '.pnpm'))
    .filter((name) => name !== 'node_modules')
    .map((name) => withoutPeers(name.replace('+', name.startsWith('@') ? '/' : '+')));
}

/** knex@3.3.0(pg@8.23.1) in the lockfile is knex@3.3.0_pg@8.23.1 as a folder. */
function withoutPeers(key: string): string {
  return /^(@?[^@]+@[^_(]+)/.exec(key)?.[1] ?? key;
}
