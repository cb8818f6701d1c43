// values.schema.json refuses what is not among the values: typos, and secrets above all.
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { isRecord } from '../schema/walk.ts';
import { type Chart, findCharts, LIBRARY } from './cases.ts';

interface Schema {
  type?: string | string[];
  properties?: Record<string, Schema>;
  additionalProperties?: boolean | Schema;
  patternProperties?: Record<string, Schema>;
  propertyNames?: Schema;
  items?: Schema;
  $ref?: string;
}

/** A value of such a name would be a secret; the name of a Secret is none. */
const SECRET = /passw|secret|token|credential|jwt|privatekey|apikey/i;
const NAME_OF_SECRET = /^secret$|^existing\w*secret$|secret(name|key)$/i;

/** Written into the pod as they are: what a volume may be is the matter of Kubernetes. */
const OF_KUBERNETES = /^extraVolume(s|Mounts)\[\]$/;

/** Of all charts below a folder. */
export function checkValues(top: string): string[] {
  return findCharts(top).flatMap((chart) => valuesProblems(chart, join(top, LIBRARY)));
}

function valuesProblems(chart: Chart, library: string): string[] {
  const file = join(chart.folder, 'values.schema.json');
  if (!existsSync(file)) return [`chart ${chart.name}: it has no values.schema.json`];
  const root = JSON.parse(readFileSync(file, 'utf8')) as Schema;
  const values = (parse(readFileSync(join(chart.folder, 'values.yaml'), 'utf8')) ?? {}) as Record<
    string,
    unknown
  >;
  const templates = [chart.folder, library].flatMap((folder) =>
    globSync('templates/**/*', { cwd: folder, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8')),
  );
  // Values below the name of another chart are checked by the schema of that.
  const own = Object.fromEntries(
    Object.entries(values).filter(([name]) => !chart.dependencies.includes(name)),
  );
  return [
    ...openMaps(root, root, '')
      .filter((path) => !chart.dependencies.includes(path))
      .map((path) => `it takes any key in ${path || 'the values'}`),
    ...secretNames(root, root, '').map((path) => `${path} would take a secret`),
    ...unknown(own, root, root, '').map((path) => `${path} is a value, and not in the schema`),
    ...unread(own, '', templates.join('\n')).map((path) => `${path} is a value that no template reads`),
  ].map((problem) => `chart ${chart.name}: ${problem}`);
}

function resolve(schema: Schema, root: Schema): Schema {
  if (!schema.$ref) return schema;
  const path = schema.$ref.replace(/^#\//, '').split('/');
  const found = path.reduce<unknown>((at, key) => (isRecord(at) ? at[key] : undefined), root);
  if (!isRecord(found)) throw new Error(`values.schema.json: there is no ${schema.$ref}`);
  return found as Schema;
}

/** Every map that has keys of its own takes no others; a map of anything (annotations) says of what type. */
function openMaps(given: Schema, root: Schema, path: string): string[] {
  const schema = resolve(given, root);
  const open = schema.properties && schema.additionalProperties !== false && !OF_KUBERNETES.test(path);
  const own = open ? [path] : [];
  return [...own, ...below(schema, path).flatMap(([each, at]) => openMaps(each, root, at))];
}

/** Lists and maps of that name have names of Secrets in them, and are looked into. */
function secretNames(given: Schema, root: Schema, path: string): string[] {
  const schema = resolve(given, root);
  const names = Object.entries(schema.properties ?? {})
    .filter(([name]) => SECRET.test(name) && !NAME_OF_SECRET.test(name))
    .filter(([, each]) => [resolve(each, root).type ?? 'string'].flat().includes('string'))
    .map(([name]) => dotted(path, name));
  return [...names, ...below(schema, path).flatMap(([each, at]) => secretNames(each, root, at))];
}

function below({ properties = {}, items }: Schema, path: string): [Schema, string][] {
  const all = Object.entries(properties).map(([name, each]): [Schema, string] => [each, dotted(path, name)]);
  return items ? [...all, [items, `${path}[]`]] : all;
}

function unknown(values: unknown, given: Schema, root: Schema, path: string): string[] {
  const { properties, additionalProperties, patternProperties } = resolve(given, root);
  if (!isRecord(values)) return [];
  return Object.entries(values).flatMap(([name, value]) => {
    const each = properties?.[name];
    if (each) return unknown(value, each, root, dotted(path, name));
    const patterns = Object.keys(patternProperties ?? {});
    const known =
      isRecord(additionalProperties) || patterns.some((pattern) => new RegExp(pattern).test(name));
    return known ? [] : [dotted(path, name)];
  });
}

/** By the last part of its name: templates hand parts of the values on to those of the library. */
function unread(values: Record<string, unknown>, path: string, templates: string): string[] {
  return Object.entries(values).flatMap(([name, value]) => {
    if (isRecord(value) && Object.keys(value).length > 0 && !isHandedOn(name, templates)) {
      return unread(value, dotted(path, name), templates);
    }
    return new RegExp(`\\.${name}\\b|"${name}"`).test(templates) ? [] : [dotted(path, name)];
  });
}

/** toYaml writes the whole of it. */
function isHandedOn(name: string, templates: string): boolean {
  return new RegExp(
    `toYaml [^\\n]*\\.${name}\\b|\\.${name}\\b[^\\n]*\\| *toYaml|with [^\\n]*\\.${name}\\b`,
  ).test(templates);
}

function dotted(path: string, name: string): string {
  return path ? `${path}.${name}` : name;
}
