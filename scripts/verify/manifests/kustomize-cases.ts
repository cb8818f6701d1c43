// What is built with Kustomize: every overlay that there is, and every combination that somebody may write.
import { mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, relative } from 'node:path';
import { stringify } from 'yaml';
import { inRepository, repositoryRoot } from '../../repository.ts';
import { OUR_SERVICES } from './facts.ts';
import { readParts } from './kustomization.ts';
import { DATABASES } from './rendering.ts';

const ROOT = 'k8s/kustomize';

export interface KustomizeCase {
  name: string;
  /** Absolute, or relative to the top of the repository. */
  folder: string;
  existingSecrets: boolean;
}

/** Overlays. Those for a local cluster bring their Secrets along; others find them there. */
export function findOverlays(): KustomizeCase[] {
  const overlays = readdirSync(inRepository(`${ROOT}/overlays`), { withFileTypes: true });
  return overlays
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => ({
      name: `overlays/${name}`,
      folder: `${ROOT}/overlays/${name}`,
      existingSecrets: !name.startsWith('alpha'),
    }));
}

/** The table of combinations: one of each list. The first of each is "without". */
const CHOICES: readonly (readonly string[])[] = [
  ['', ...DATABASES],
  ['', 'redis'],
  ['', 'xdp', 'xdp-host-network', 'xdp-multus'],
  ['', 'monitoring'],
];

/** Lists of components: each combination of the choices. */
export function combinations(choices = CHOICES): string[][] {
  const [first, ...more] = choices;
  if (!first) return [[]];
  const rest = combinations(more);
  return first.flatMap((choice) => rest.map((others) => (choice ? [choice, ...others] : others)));
}

/** Without the fast path nothing of it makes sense, and monitoring asks it. */
const CHOICES_OF_TWO: typeof CHOICES = [
  ['', ...DATABASES],
  ['', 'redis'],
];

export interface Scratch extends Disposable {
  cases: KustomizeCase[];
}

/**
 * An overlay for each combination. Outside of the checkout, so that neither git nor a check of files meets one that was
 * left behind by a kill.
 */
export function writeCombinations(all = combinations(), ofTwo = combinations(CHOICES_OF_TWO)): Scratch {
  // Kustomize takes no absolute path, and compares real ones: the folder of temporary files may be a link.
  const top = mkdtempSync(join(realpathSync(tmpdir()), 'tripod-combinations-'));
  const cases = [
    ...all.map((components) => writeCombination(top, OUR_SERVICES, components)),
    ...ofTwo.map((components) =>
      writeCombination(
        top,
        OUR_SERVICES.filter((name) => name !== 'fastpath'),
        components,
      ),
    ),
  ];
  return { cases, [Symbol.dispose]: () => rmSync(top, { recursive: true, force: true }) };
}

function writeCombination(
  top: string,
  services: readonly string[],
  components: readonly string[],
): KustomizeCase {
  const parts = [...services, ...components];
  const folder = join(top, parts.join('-'));
  const to = (path: string) => relative(folder, realpathSync(inRepository(`${ROOT}/${path}`)));
  mkdirSync(folder);
  const kustomization = {
    apiVersion: 'kustomize.config.k8s.io/v1beta1',
    kind: 'Kustomization',
    namespace: 'tripod',
    resources: ['namespace', ...services].map((base) => to(`base/${base}`)),
    components: components.map((component) => to(`components/${component}`)),
    ...overlayParts(
      !services.includes('fastpath'),
      !DATABASES.some((database) => components.includes(database)),
    ),
  };
  writeFileSync(join(folder, 'kustomization.yaml'), stringify(kustomization));
  return { name: `combination ${parts.join('+')}`, folder, existingSecrets: true };
}

/** What overlays/alpha-two and overlays/beta say for the same purpose. */
function overlayParts(withoutFastpath: boolean, outsideDatabase: boolean) {
  const database = ['DB_TYPE=postgres', 'DB_HOST=database.example.com', 'DB_PORT=5432'];
  const merge = (name: string, literals: string[]) => ({ name, behavior: 'merge', literals });
  const patch = (name: string, operation: object) => ({
    target: { kind: 'NetworkPolicy', name },
    patch: stringify([operation]),
  });
  const toDatabase = {
    to: [{ ipBlock: { cidr: '192.0.2.0/24' } }],
    ports: [{ protocol: 'TCP', port: 5432 }],
  };
  return {
    configMapGenerator: [
      ...(withoutFastpath ? [merge('api', ['FASTPATH_ADDRESS='])] : []),
      ...(outsideDatabase ? [merge('database', database)] : []),
    ],
    patches: [
      ...(withoutFastpath ? [patch('^api$', { op: 'remove', path: '/spec/egress/0' })] : []),
      ...(outsideDatabase
        ? [patch('^(api|api-migrate)$', { op: 'add', path: '/spec/egress/-', value: toDatabase })]
        : []),
    ],
  };
}

/** The bases and components that a case names, also by way of others. */
export function partsOf({ folder }: KustomizeCase): { bases: Set<string>; components: Set<string> } {
  const parts = readParts(repositoryRoot, folder);
  const below = (parent: string) =>
    new Set([...parts].filter((part) => part.includes(`/${ROOT}/${parent}/`)).map((part) => basename(part)));
  return { bases: below('base'), components: below('components') };
}
