// node scripts/kubernetes/charts.ts: what is generated in k8s/helm. The versions in each Chart.yaml, the shared part of each
// values.schema.json with the variables that its service reads, each README.md.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { parse } from 'yaml';
import { inRepository } from '../repository.ts';
import { variablesOfService } from '../verify/manifests/environment/env-example.ts';
import { run } from '../verify/run-command.ts';
import { withVersion } from './charts/chart-file.ts';
import { type Chart, readme } from './charts/readme.ts';
import { type Schema, withDefinitions, withVariables } from './charts/schema.ts';
import { readValues } from './charts/values.ts';

const LIBRARY = 'tripod-common';
const NO_CHARTS = ['examples'];

const read = (path: string) => readFileSync(inRepository(path), 'utf8');
const { version } = JSON.parse(read('package.json')) as { version: string };
const { definitions } = JSON.parse(read(`k8s/helm/${LIBRARY}/values.definitions.json`)) as {
  definitions: Record<string, unknown>;
};
const folders = readdirSync(inRepository('k8s/helm'), { withFileTypes: true });
const names = folders.filter((entry) => entry.isDirectory()).map(({ name }) => name);
const written: string[] = [];

for (const name of names.filter((each) => !NO_CHARTS.includes(each))) {
  try {
    generate(name);
  } catch (error) {
    throw new Error(`k8s/helm/${name}: ${(error as Error).message}`, { cause: error });
  }
}
await run('biome', 'format', '--write', ...written);

function generate(name: string): void {
  const folder = `k8s/helm/${name}`;
  const write = (file: string, text: string) => {
    writeFileSync(inRepository(`${folder}/${file}`), text);
    written.push(`${folder}/${file}`);
  };
  const chartFile = withVersion(read(`${folder}/Chart.yaml`), version);
  write('Chart.yaml', chartFile);
  if (name === LIBRARY) return;
  const schema = JSON.parse(read(`${folder}/values.schema.json`)) as Schema;
  write('values.schema.json', `${JSON.stringify(withDefinitions(schema, definitionsFor(name)), null, 2)}\n`);
  write('README.md', readme(parse(chartFile) as Chart, readValues(read(`${folder}/values.yaml`))));
}

/** An umbrella has no variables: those of its services are in their schemas. */
function definitionsFor(name: string): Record<string, unknown> {
  if (!existsSync(inRepository(`config/env/${name}.env.example`))) return definitions;
  const variables = [...variablesOfService(name)].filter(([, { secret }]) => !secret);
  return withVariables(
    definitions,
    variables.map(([variable]) => variable),
  );
}
