// What is rendered with Helm: the charts of the services together, and the umbrella with every example and every switch.
import { globSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { parse } from 'yaml';
import { OUR_SERVICES } from '../facts.ts';
import { EXAMPLES, REQUIRED, SWITCHES, type Switch } from './switches.ts';

const UMBRELLA = 'tripod';
export const LIBRARY = 'tripod-common';
/** What both make: the one with Helm, the other with Kustomize. */
export const EQUIVALENT = ['chart tripod, examples/beta.yaml', 'overlays/beta'] as const;

/** Of the settings in the name of a case. */
const MOST_LETTERS = 80;

export interface Chart {
  name: string;
  folder: string;
  dependencies: string[];
}

export interface Release {
  name: string;
  chart: string;
  args: readonly string[];
}

export interface HelmCase {
  name: string;
  releases: readonly Release[];
  bases: readonly string[];
  components: readonly string[];
}

/** The charts that can be installed; the library among them is for the others only. */
export function findCharts(top: string): Chart[] {
  return globSync('*/Chart.yaml', { cwd: top })
    .sort()
    .flatMap((file) => {
      const {
        name,
        type,
        dependencies = [],
      } = parse(readFileSync(join(top, file), 'utf8')) as {
        name: string;
        type?: string;
        dependencies?: { name: string }[];
      };
      if (type === 'library') return [];
      return [
        { name, folder: join(top, dirname(file)), dependencies: dependencies.map((each) => each.name) },
      ];
    });
}

/** @throws when there is a chart or an example that the tables do not know. */
export function casesOf(top: string): HelmCase[] {
  const known = [...OUR_SERVICES, UMBRELLA];
  const strange = findCharts(top).find(({ name }) => !known.includes(name));
  if (strange) throw new Error(`the chart ${strange.name} is in no case of helm/cases.ts`);
  return [
    oneByOne(),
    umbrella(', default values', { set: [] }),
    ...findExamples(top).map((name) => example(top, name)),
    ...SWITCHES.map((each) => umbrella(`, ${shorten(each.set.join(' '))}`, each)),
  ];
}

function shorten(text: string): string {
  return text.length > MOST_LETTERS ? `${text.slice(0, MOST_LETTERS)}…` : text;
}

/** Each chart as a release of its own; what they are instances of is said by a value. */
function oneByOne(): HelmCase {
  const releases = OUR_SERVICES.map((name) => ({
    name,
    chart: name,
    args: toArguments([...(REQUIRED[name] ?? []), 'global.instance=tripod']),
  }));
  return { name: 'charts of the services, one by one', releases, bases: OUR_SERVICES, components: [] };
}

function umbrella(name: string, { set, components = [], without = [] }: Switch): HelmCase {
  return {
    name: `chart ${UMBRELLA}${name}`,
    releases: [{ name: 'tripod', chart: UMBRELLA, args: umbrellaArguments(set) }],
    bases: OUR_SERVICES.filter((service) => !without.includes(service)),
    components,
  };
}

/** For --set, with what the umbrella needs in any case. */
export function umbrellaArguments(set: readonly string[]): string[] {
  const required = Object.entries(REQUIRED).flatMap(([name, rows]) => rows.map((row) => `${name}.${row}`));
  return toArguments([...required, ...set]);
}

function toArguments(set: readonly string[]): string[] {
  return set.flatMap((each) => ['--set', each]);
}

function findExamples(top: string): string[] {
  return globSync('examples/*.yaml', { cwd: top })
    .map((file) => basename(file, '.yaml'))
    .sort();
}

/** An example is whole: nothing is added to it. */
function example(top: string, name: string): HelmCase {
  const components = EXAMPLES[name];
  if (!components) throw new Error(`examples/${name}.yaml is not in the table of helm/switches.ts`);
  const args = ['--values', join(top, `examples/${name}.yaml`)];
  const whole = umbrella(`, examples/${name}.yaml`, { set: [], components });
  return { ...whole, releases: [{ name: 'tripod', chart: UMBRELLA, args }] };
}
