import { existsSync, globSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parse } from 'yaml';
import { combinations } from './kustomize-cases.ts';

/** promtool reads them: scripts/verify/monitoring. */
const READ_BY_OTHERS = /\/components\/monitoring\/tests\//;

/** Every file below this folder is named by a kustomization: one that nobody reads looks as if it did something. */
export function unreadFiles(top: string): string[] {
  const files = globSync('**/*.{yaml,yml,json,properties,conf}', { cwd: top }).map((file) => join(top, file));
  const read = new Set(files.filter((file) => file.endsWith('/kustomization.yaml')).flatMap(namedBy));
  return files
    .filter((file) => !file.endsWith('/kustomization.yaml') && !READ_BY_OTHERS.test(file) && !read.has(file))
    .map((file) => `${file.slice(top.length + 1)}: no kustomization names it`);
}

/** Strings that are files beside it; of `name=file` the file. */
function namedBy(kustomization: string): string[] {
  const strings: string[] = [];
  collect(parse(readFileSync(kustomization, 'utf8')), strings);
  const paths = strings.map((each) => join(dirname(kustomization), each.replace(/^[\w.-]+=/, '')));
  return paths.filter((path) => existsSync(path));
}

function collect(value: unknown, strings: string[]): void {
  if (typeof value === 'string') strings.push(value);
  else if (typeof value === 'object' && value !== null)
    for (const item of Object.values(value)) collect(item, strings);
}

/** Components that the table of combinations leaves out. */
export function untriedComponents(top: string): string[] {
  const tried = new Set(combinations().flat());
  return readdirSync(join(top, 'components'))
    .filter((name) => !tried.has(name))
    .map((name) => `components/${name}: no combination has it (scripts/verify/manifests/kustomize-cases.ts)`);
}
