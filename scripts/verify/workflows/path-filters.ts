// A change of anything that a service is made of must start the workflow of that service, and nothing else should.
import { readFileSync } from 'node:fs';
import { matchesGlob } from 'node:path';
import { inRepository } from '../../repository.ts';
import { type GithubFolder, servicesOf, type Workflow } from './files.ts';

/** What every service is built and tested with. */
const SHARED = [
  ...['scripts/', 'Makefile', '.dockerignore', 'package.json', 'pnpm-lock.yaml', 'pnpm-workspace.yaml'],
  ...['tsconfig.base.json', '.github/actions/', '.github/scripts/'],
];
/** What a service takes from another one: the document that its client is generated from. */
const CONTRACTS: Record<string, string[]> = { webui: ['services/api/openapi.json'] };

export function checkPathFilters(folder: GithubFolder): string[] {
  return servicesOf(folder).flatMap((service) => {
    const workflow = folder.workflows.find(({ path }) => path === `.github/workflows/${service}.yml`);
    return workflow
      ? problemsOf(folder, service, workflow)
      : [`${service} has no .github/workflows/${service}.yml`];
  });
}

function problemsOf({ repository }: GithubFolder, service: string, { path, content }: Workflow): string[] {
  const filters = ['pull_request', 'push'].map((event) => pathsOf(content.on[event]));
  const [patterns = []] = filters;
  if (filters.some((other) => other.join('\n') !== patterns.join('\n')))
    return [`${path}: pull_request and push have different paths`];
  const needed = neededBy(service, content.jobs, repository);
  const belongs = (file: string) =>
    needed.some((place) => file === place || (place.endsWith('/') && file.startsWith(place)));
  return [
    ...patterns
      .filter((pattern) => !repository.some((file) => matchesGlob(file, pattern)))
      .map((pattern) => `${path}: ${pattern} matches no file`),
    ...needed
      .filter((place) => !repository.some((file) => file === place || file.startsWith(place)))
      .map((place) => `${path}: ${place} does not exist`),
    ...repository
      .filter((file) => belongs(file) && !patterns.some((pattern) => matchesGlob(file, pattern)))
      .map((file) => `${path}: a change of ${file} does not start it`),
    ...repository
      .filter((file) => !belongs(file) && patterns.some((pattern) => matchesGlob(file, pattern)))
      .map((file) => `${path}: a change of ${file} starts it for nothing`),
  ];
}

const pathsOf = (event: unknown) => (event as { paths?: string[] } | null)?.paths ?? [];

/** Files and folders (with a slash at the end): the service's own, what its image copies, what its jobs call. */
function neededBy(service: string, jobs: Workflow['content']['jobs'], repository: string[]): string[] {
  const dockerfile = readFileSync(inRepository(`services/${service}/Dockerfile`), 'utf8');
  const copied = [...dockerfile.replaceAll('\\\n', '').matchAll(/^COPY (?!--from)(.+) \S+$/gm)]
    .flatMap(([, sources]) => sources!.trim().split(/\s+/))
    .map((source) => (repository.includes(source) ? source : `${source.replace(/\/$/, '')}/`));
  const called = Object.values(jobs).flatMap(({ uses }) => (uses?.startsWith('./') ? [uses.slice(2)] : []));
  return [
    ...[`services/${service}/`, `.github/workflows/${service}.yml`],
    ...[...SHARED, ...copied, ...called, ...(CONTRACTS[service] ?? [])],
  ];
}
