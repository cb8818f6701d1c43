// `make deploy-beta`: to a cluster that others use. Checks first, shows the difference, asks, then applies what it showed.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { type Cluster, openCluster } from './cluster.ts';
import { confirm } from './confirm.ts';
import { registrySources, writeImageOverlay } from './image-overlay.ts';
import { type Manifest, ownImagesOf, renderManifest } from './manifest.ts';
import { betaOverlay } from './overlay.ts';
import { DeployProblem } from './problem.ts';
import { deadlineOf, rollOut } from './roll-out.ts';
import { missingSecrets } from './secrets.ts';

export interface BetaOptions {
  env: NodeJS.ProcessEnv;
  say: (line: string) => void;
  /** Folder of the overlays; the repository's when left out. */
  overlays?: string;
}

export async function deployBeta({ env, say, overlays }: BetaOptions): Promise<void> {
  const base = betaOverlay(overlays);
  const plain = await renderManifest(base);
  requireNames(env, plain);
  const cluster = await openCluster(env.CONTEXT!);
  using overlay = writeImageOverlay(base, registrySources(ownImagesOf(plain), env));
  const manifest = await renderManifest(overlay.folder);
  for (const { repository, tag } of ownImagesOf(manifest)) say(`image ${repository}:${tag}`);
  for (const host of new Set(manifest.text.match(/[\w.-]+\.example\.com/g))) {
    say(`note: ${host} is still an example, see EDIT in k8s/kustomize/overlays/beta`);
  }
  await requireSecrets(cluster, manifest);

  // What is shown is what is applied, whatever happens to the checkout while somebody reads.
  const file = join(overlay.folder, 'manifest.yaml');
  writeFileSync(file, manifest.text);
  await dryRun(cluster, manifest, overlay.folder, say);
  const where = `${cluster.context}, namespace ${manifest.namespace}`;
  if (!(await confirm(`This goes to ${where}; the database is migrated first.`, env))) {
    say('Nothing was deployed.');
    process.exitCode = 1;
    return;
  }
  await rollOut(cluster, manifest, ['-f', file], { say, deadlineMs: deadlineOf(env) });
  say(`Deployed to ${where}.`);
}

function requireNames(env: NodeJS.ProcessEnv, manifest: Manifest): void {
  const local = ownImagesOf(manifest).filter(({ repository }) => !repository.includes('/'));
  const problems = [
    ...(env.CONTEXT ? [] : ['CONTEXT is not set: name the context of kubectl, the current one is not taken']),
    ...(env.IMAGE_REGISTRY || local.length === 0
      ? []
      : ['IMAGE_REGISTRY is not set: where the images are, host/path']),
  ];
  if (problems.length > 0) throw new DeployProblem(problems.join('\n'));
}

async function requireSecrets(cluster: Cluster, manifest: Manifest): Promise<void> {
  const { namespace } = manifest;
  const there = await cluster.ask(['get', 'namespace', namespace, '--output=name', '--ignore-not-found']);
  const problems = there
    ? await missingSecrets(cluster.within(namespace), manifest)
    : [`There is no namespace ${namespace}, so there are no Secrets: kubectl create namespace ${namespace}`];
  if (problems.length > 0) {
    throw new DeployProblem(
      `${problems.join('\n')}\nNothing was deployed. See docs/deploy.md for how Secrets get there.`,
    );
  }
}

/** Has the cluster check everything, admission included, and shows what would change. */
async function dryRun(
  cluster: Cluster,
  { objects }: Manifest,
  folder: string,
  say: (line: string) => void,
): Promise<void> {
  const jobs = objects.filter(({ kind }) => kind === 'Job');
  const rest = objects.filter(({ kind }) => kind !== 'Job');
  // A Job is replaced, as its template is immutable: the new one is checked under a name of its own.
  const renamed = jobs.map((job) => ({
    ...job,
    metadata: { ...job.metadata, name: `${job.metadata.name}-check` },
  }));
  const write = (name: string, list: object[]) => {
    const file = join(folder, name);
    writeFileSync(file, list.map((one) => stringify(one)).join('---\n'));
    return file;
  };
  const checked = write('checked.yaml', [...rest, ...renamed]);
  await cluster.ask(['apply', '--dry-run=server', '-f', checked]);
  const { code, stderr } = await cluster.run(['diff', '-f', write('compared.yaml', rest)], { onLine: say });
  if (code > 1) throw new DeployProblem(`kubectl diff fails:\n${stderr}`);
  if (code === 0) say('Nothing changes but the jobs, which run again.');
  for (const job of jobs) say(`job ${job.metadata.name} is replaced and runs`);
}
