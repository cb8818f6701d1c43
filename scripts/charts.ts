// `make charts`: packages the charts into dist/charts; lints and renders them in every form that is tried.
import { mkdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { helmTemplate } from './kubernetes/render.ts';
import { helm } from './kubernetes/tools.ts';
import { inRepository } from './repository.ts';
import { casesOf, findCharts, type HelmCase, type Release } from './verify/manifests/helm/cases.ts';

const SOURCE = inRepository('k8s/helm');
const PACKAGES = inRepository('dist/charts');

try {
  const packages = await packageCharts();
  for (const each of casesOf(SOURCE)) {
    await tryCase(each, packages);
    console.log(`ok    ${each.name}`);
  }
  for (const file of packages.values()) console.log(`dist/charts/${basename(file)}`);
} catch (error) {
  console.error(`tripod: ${(error as Error).message}`);
  process.exitCode = 1;
}

/** The path of each package, by the name of its chart. */
async function packageCharts(): Promise<Map<string, string>> {
  rmSync(PACKAGES, { recursive: true, force: true });
  mkdirSync(PACKAGES, { recursive: true });
  const packages = new Map<string, string>();
  for (const { name, folder } of findCharts(SOURCE)) {
    const said = await helm('package', folder, '--destination', PACKAGES);
    packages.set(name, join(PACKAGES, basename(said.trim())));
  }
  return packages;
}

async function tryCase({ name, releases }: HelmCase, packages: Map<string, string>): Promise<void> {
  try {
    for (const release of releases) await tryRelease(release, packages.get(release.chart)!);
  } catch (error) {
    throw new Error(`${name}: ${(error as Error).message}`, { cause: error });
  }
}

/** @throws when Helm's linter finds something, or when the package does not make what the folder makes. */
async function tryRelease({ name, chart, args }: Release, file: string): Promise<void> {
  const folder = join(SOURCE, chart);
  await helm('lint', '--strict', folder, ...args);
  const ofFolder = await helmTemplate(name, folder, ...args);
  const ofPackage = await helmTemplate(name, file, ...args);
  if (!isDeepStrictEqual(ofFolder, ofPackage)) throw new Error(`${file} is not what ${folder} is`);
}
