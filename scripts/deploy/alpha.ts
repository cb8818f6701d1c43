// `make alpha`, `make deploy-alpha`, `make alpha-down`: the product on a local cluster, with development credentials.
import { type Cluster, currentContext, openCluster } from './cluster.ts';
import { type LocalCluster, nodesOf, recognise, refuseForeign } from './cluster-kind.ts';
import { confirm } from './confirm.ts';
import { type ImageSource, registrySources, writeImageOverlay } from './image-overlay.ts';
import { leftOversOf } from './left-overs.ts';
import { buildImages, deliverImages, requireWay } from './local-images.ts';
import { adminOf, type Manifest, ownImagesOf, renderManifest } from './manifest.ts';
import { alphaOverlay } from './overlay.ts';
import { deadlineOf, rollOut } from './roll-out.ts';
import { seedCluster } from './seed-cluster.ts';

export interface AlphaOptions {
  env: NodeJS.ProcessEnv;
  say: (line: string) => void;
  /** Folder of the overlays; the repository's when left out. */
  overlays?: string;
  /** `make images` when left out. */
  build?: typeof buildImages;
}

/** A local cluster and what goes there. @throws DeployProblem for a cluster that is not local. */
export async function prepareAlpha({ env, overlays }: AlphaOptions): Promise<{
  cluster: Cluster;
  local: LocalCluster | undefined;
  overlay: string;
  manifest: Manifest;
}> {
  const overlay = alphaOverlay(env, overlays);
  const cluster = await openCluster(env.CONTEXT || (await currentContext()));
  const nodes = await nodesOf(cluster);
  const local = recognise(cluster.context, nodes);
  refuseForeign(cluster.context, nodes, local, env.ALLOW_CONTEXT);
  return { cluster, local, overlay, manifest: await renderManifest(overlay) };
}

/** Images, deployment, mock data, URL. */
export async function startAlpha(options: AlphaOptions): Promise<void> {
  const { env, say, build = buildImages } = options;
  const { cluster, local, overlay, manifest } = await prepareAlpha(options);
  requireWay(cluster.context, local, env);
  say(`${overlay.split('/').at(-1)} on ${cluster.context}${local ? ` (${local.kind})` : ''}`);
  const images = ownImagesOf(manifest);
  await build(images, say);
  await applyAlpha(cluster, overlay, await deliverImages(images, local, env, say), options);
  const admin = adminOf(manifest);
  const login = { email: env.ADMIN_EMAIL || admin?.email, password: env.ADMIN_PASSWORD || admin?.password };
  const inside = cluster.within(manifest.namespace);
  if (login.email && login.password) {
    await seedCluster(inside, { email: login.email, password: login.password }, env, say);
  }
  say(banner(cluster.context, manifest));
}

/** The deployment alone: the images are in the cluster, or in IMAGE_REGISTRY. */
export async function deployAlpha(options: AlphaOptions): Promise<void> {
  const { cluster, overlay, manifest } = await prepareAlpha(options);
  await applyAlpha(cluster, overlay, registrySources(ownImagesOf(manifest), options.env), options);
  options.say(banner(cluster.context, manifest));
}

async function applyAlpha(
  cluster: Cluster,
  overlay: string,
  sources: readonly ImageSource[],
  { env, say }: AlphaOptions,
): Promise<void> {
  using images = writeImageOverlay(overlay, sources);
  const manifest = await renderManifest(images.folder);
  await rollOut(cluster, manifest, ['-k', images.folder], { say, deadlineMs: deadlineOf(env) });
  for (const name of await leftOversOf(cluster, manifest)) {
    say(
      `note: ${name} is left from another overlay: kubectl --namespace ${manifest.namespace} delete ${name}`,
    );
  }
}

/** Deletes it all, data included, after it asked. */
export async function endAlpha(options: AlphaOptions): Promise<void> {
  const { env, say } = options;
  const { cluster, overlay, manifest } = await prepareAlpha(options);
  const { namespace } = manifest;
  const found = await cluster.ask(['get', 'namespace', namespace, '--output=name', '--ignore-not-found']);
  if (found === '')
    return say(`There is no namespace ${namespace} on ${cluster.context}: nothing to delete.`);
  const volumes = await cluster.within(namespace).ask(['get', 'persistentvolumeclaims', '--output=name']);
  const data = volumes
    .split('\n')
    .filter(Boolean)
    .map((name) => name.split('/').at(-1));
  const what =
    `This deletes the namespace ${namespace} of ${cluster.context} with all that is in it` +
    `${data.length > 0 ? `, and the data of ${data.join(', ')} with it` : ''}.`;
  if (!(await confirm(what, env))) {
    say('Nothing was deleted.');
    process.exitCode = 1;
    return;
  }
  await cluster.ask(['delete', '-k', overlay, '--ignore-not-found', '--timeout=300s'], { onLine: say });
}

function banner(context: string, manifest: Manifest): string {
  const { email, password } = adminOf(manifest) ?? {};
  const kubectl = `kubectl --context ${context} --namespace ${manifest.namespace}`;
  return [
    '',
    '  Tripod is ready',
    `  Pages      ${kubectl} port-forward svc/webui 3000:80   then open http://localhost:3000`,
    `  API        ${kubectl} port-forward svc/api 5000:5000   docs at http://localhost:5000/api/v1/docs`,
    ...(email ? [`  Login      ${email} / ${password}   (development only: change it)`] : []),
    `  Check      make smoke-alpha`,
    `  End        make alpha-down`,
    '',
  ].join('\n');
}
