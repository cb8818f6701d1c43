// That the workflows do what they are there for, for every service, on what the product is shipped with.
import { globSync, readFileSync } from 'node:fs';
import { inRepository, repositoryRoot } from '../../repository.ts';
import { type GithubFolder, jobsOf, servicesOf, stepsOf } from './files.ts';
import { makefileTargets, targetsUsed } from './targets.ts';

const WHOLE = '.github/workflows/tripod.yml';

/** A fourth service is forgotten nowhere. */
export function checkServices(folder: GithubFolder): string[] {
  const services = servicesOf(folder);
  const matrices = jobsOf(folder)
    .filter(({ job }) => job.strategy?.matrix?.service)
    .map(({ where, job }) => ({ where, named: job.strategy!.matrix!.service as string[] }));
  return [
    ...matrices
      .filter(({ named }) => `${named}` !== `${services}`)
      .map(({ where, named }) => `${where}: services ${named}, not ${services}`),
    ...services.flatMap((service) => {
      const path = `.github/workflows/${service}.yml`;
      const jobs = jobsOf(folder).filter(({ file }) => file.path === path);
      const used = targetsUsed(folder).flatMap((use) => (use.path === path ? [use.target] : []));
      return [
        ...['verify', 'test-unit']
          .filter((target) => !used.includes(target))
          .map((target) => `${path}: does not run make ${target}`),
        ...(jobs.some(({ job }) => job.with?.only === `services/${service}`)
          ? []
          : [`${path}: tests another service`]),
        ...(jobs.some(({ job }) => job.with?.service === service)
          ? []
          : [`${path}: does not build the image`]),
      ];
    }),
  ];
}

/** Whatever `make` can test is tested, and the one check that protects a branch waits for all of it. */
export function checkWhole(folder: GithubFolder): string[] {
  const wanted = makefileTargets().filter((target) =>
    /^(verify|test-.+|smoke-.+|alpha|charts)$/.test(target),
  );
  const used = targetsUsed(folder).flatMap((use) => (use.path === WHOLE ? [use.target] : []));
  const jobs = jobsOf(folder).filter(({ file }) => file.path === WHOLE);
  const last = jobs.find(({ name }) => name === 'all')?.job;
  const waits = [last?.needs ?? []].flat();
  return [
    ...wanted
      .filter((target) => !used.includes(target))
      .map((target) => `${WHOLE}: nothing runs make ${target}`),
    ...jobs
      .filter(({ name }) => name !== 'all' && !waits.includes(name))
      .map(({ name }) => `${WHOLE}: the job all does not wait for ${name}`),
    // Without it a job that was waited for and failed would skip this one, and what is skipped counts as passed.
    ...(last?.if === 'always()' ? [] : [`${WHOLE}: the job all does not always run`]),
  ];
}

export function checkAttestations(folder: GithubFolder): string[] {
  const builds = stepsOf(folder).filter(({ step }) => step.uses?.startsWith('docker/build-push-action@'));
  if (builds.length !== 1) return [`${builds.length} steps build images; there must be one way to do it`];
  const { where, step } = builds[0]!;
  const wanted: Record<string, RegExp> = {
    platforms: /^linux\/amd64,linux\/arm64$/,
    sbom: /^true$/,
    provenance: /^mode=max$/,
    'build-args': /NODE_IMAGE=.*\n.*RUNTIME_IMAGE=/,
  };
  return Object.entries(wanted)
    .filter(([input, pattern]) => !pattern.test(`${step.with?.[input]}`))
    .map(([input]) => `${where}: ${input} is ${step.with?.[input]}`);
}

/** Tests run on the Node of the images and on the databases of the manifests. */
export function checkImages(folder: GithubFolder): string[] {
  const dockerfile = readFileSync(inRepository('services/api/Dockerfile'), 'utf8');
  const node = /^ARG NODE_IMAGE=(.+)-slim$/m.exec(dockerfile)?.[1];
  return jobsOf(folder).flatMap(({ where, job }) => {
    const { image } = (job.container ?? {}) as { image?: string };
    const services = Object.entries((job.services ?? {}) as Record<string, { image: string }>);
    return [
      ...(image && image !== node ? [`${where}: runs in ${image}, the images in ${node}`] : []),
      ...services.flatMap(([name, server]) => {
        const shipped = shippedImage(name);
        const used = resolve(server.image, job.strategy?.matrix);
        return shipped && used.includes(shipped)
          ? []
          : [`${where}: tests on ${used}, the manifests have ${shipped}`];
      }),
    ];
  });
}

function resolve(image: string, matrix: Record<string, unknown> = {}): string[] {
  const [expression, key] = /\$\{\{ matrix\.(\w+) \}\}/.exec(image) ?? [];
  return expression ? (matrix[key!] as string[]).map((value) => image.replace(expression, value)) : [image];
}

function shippedImage(name: string): string | undefined {
  return globSync(`k8s/kustomize/components/${name}/*.yaml`, { cwd: repositoryRoot })
    .map((file) => /^ +image: (\S+)$/m.exec(readFileSync(inRepository(file), 'utf8'))?.[1])
    .find((image) => image !== undefined);
}

/** Dependabot looks at what exists, and at the Dockerfile of every service. */
export function checkDependabot(folder: GithubFolder): string[] {
  const { dependabot, repository } = folder;
  const { updates } = dependabot.content as { updates: { directories: string[] }[] };
  const looked = updates.flatMap(({ directories }) => directories);
  return [
    ...looked
      .filter((each) => !repository.some((file) => `/${file}`.startsWith(each.replace(/\/?\*?$/, '/'))))
      .map((each) => `${dependabot.path}: there is no ${each}`),
    ...servicesOf(folder)
      .filter((service) => !looked.includes(`/services/${service}`))
      .map((service) => `${dependabot.path}: does not look at /services/${service}`),
  ];
}
