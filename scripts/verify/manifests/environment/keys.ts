// No unknown and no dead variable: what manifests set is what the services read.

import type { Rendering } from '../rendering.ts';
import { eachContainer, workloadsOf } from '../workloads.ts';
import { variablesOfService } from './env-example.ts';
import { LEFT_AT_DEFAULT } from './left-at-default.ts';
import { schemaOf, serviceOf, settingsOf } from './variables.ts';

/** Of Node itself, which no schema of ours has. */
const OF_NODE = ['NODE_OPTIONS', 'NODE_EXTRA_CA_CERTS'];
/** The migration reads the database's variables and these: it serves nobody. */
const OF_MIGRATION = /^(DB_\w+|DATABASE_URL|APP_ENV|LOG_LEVEL)$/;

/** Every variable of a container of ours is in the schema of its service, and every required one is set. */
export function checkVariables(rendering: Rendering): string[] {
  return eachContainer(rendering, (container, workload) => {
    const schema = schemaOf(container, workload);
    if (!schema) return [];
    const set = settingsOf(rendering, container).map(({ name }) => name);
    const migrates = workload.object.kind === 'Job';
    const known = (name: string) => schema.has(name) && (!migrates || OF_MIGRATION.test(name));
    const required = migrates ? [] : [...schema].filter(([, { required }]) => required).map(([name]) => name);
    return [
      ...set.filter((name) => !known(name) && !OF_NODE.includes(name)).map((name) => `nothing reads ${name}`),
      ...required.filter((name) => !set.includes(name)).map((name) => `${name} is not set`),
    ];
  });
}

/** Every variable of a schema is set somewhere, or is one that is left alone on purpose. */
export function unsetVariables(renderings: readonly Rendering[], left = LEFT_AT_DEFAULT): string[] {
  const set = new Set(renderings.flatMap(settingsOfServices));
  return Object.entries(left).flatMap(([service, names]) => {
    const known = [...variablesOfService(service).keys()];
    const isSet = (name: string) => set.has(`${service} ${name}`);
    return [
      ...known
        .filter((name) => !isSet(name) && !names.includes(name))
        .map((name) => `${service}: nobody sets ${name}, and it is not listed as left at its default`),
      ...names
        .filter((name) => !known.includes(name))
        .map((name) => `${service}: ${name} is listed and does not exist`),
      ...names.filter(isSet).map((name) => `${service}: ${name} is set, and listed as left at its default`),
    ];
  });
}

function settingsOfServices(rendering: Rendering): string[] {
  return workloadsOf(rendering).flatMap(({ containers }) =>
    containers.flatMap((container) =>
      settingsOf(rendering, container).map(({ name }) => `${serviceOf(container)} ${name}`),
    ),
  );
}
