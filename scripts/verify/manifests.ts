// What kubectl and helm make of k8s/, in every form that somebody may deploy. No cluster is asked: the schema of Kubernetes
// and the assertions in manifests/ stand in for one.
import { existsSync } from 'node:fs';
import { inRepository } from '../repository.ts';
import type { Checklist } from '../suites/checklist.ts';
import { checkAddresses } from './manifests/environment/addresses.ts';
import { checkVariables, unsetVariables } from './manifests/environment/keys.ts';
import { checkReferences } from './manifests/environment/references.ts';
import { checkSecrets } from './manifests/environment/secrets.ts';
import { checkRefusals } from './manifests/helm/charts.ts';
import { checkEquivalence } from './manifests/helm/differences.ts';
import { checkHooks } from './manifests/helm/hooks.ts';
import { checkValues } from './manifests/helm/values.ts';
import { checkJobs } from './manifests/jobs.ts';
import { unreadFiles, untriedComponents } from './manifests/kustomize-files.ts';
import { checkLabels } from './manifests/labels.ts';
import { checkNames } from './manifests/names.ts';
import { checkNamespaces } from './manifests/namespaces.ts';
import { checkNetwork } from './manifests/network/network.ts';
import { checkFileSystems } from './manifests/pods/file-system.ts';
import { checkImages } from './manifests/pods/images.ts';
import { checkProbes } from './manifests/pods/probes.ts';
import { checkResources } from './manifests/pods/resources.ts';
import { checkPodSecurity } from './manifests/pods/security.ts';
import { checkServiceAccounts } from './manifests/pods/service-accounts.ts';
import { checkUsers } from './manifests/pods/users.ts';
import { checkPorts } from './manifests/ports.ts';
import { type Built, buildHelm, buildKustomize } from './manifests/render-all.ts';
import { type Check, problemsOf, type Rendering } from './manifests/rendering.ts';
import { checkRollouts } from './manifests/rollout.ts';
import { checkRoutes } from './manifests/routes.ts';
import { checkScaling } from './manifests/scaling.ts';
import { checkSchemas } from './manifests/schema/schema.ts';
import { checkSelectors } from './manifests/selectors.ts';
import { checkStatefulSets } from './manifests/stateful-sets.ts';

const CHECKS: Record<string, Check> = {
  'objects are what Kubernetes 1.32 knows': checkSchemas,
  'names, keys and labels are allowed': checkNames,
  'ports have names and numbers': checkPorts,
  'selectors find what they are for': checkSelectors,
  'labels say what belongs together': checkLabels,
  'everything is in the namespace': checkNamespaces,
  'pods are restricted': checkPodSecurity,
  'pods have users of their own': checkUsers,
  'pods write into volumes only': checkFileSystems,
  'pods get no token': checkServiceAccounts,
  'pods have requests and limits': checkResources,
  'probes ask the right thing': checkProbes,
  'images say which one they are': checkImages,
  'rollouts are no outage': checkRollouts,
  'scaling and budgets fit': checkScaling,
  'migrations run once': checkJobs,
  'hooks come before what needs them': checkHooks,
  'data is on volumes': checkStatefulSets,
  'the network lets through what it should': checkNetwork,
  'what leads in leads to the WebUI': checkRoutes,
  'ConfigMaps and Secrets exist': checkReferences,
  'variables are read by somebody': checkVariables,
  'addresses lead to a Service': checkAddresses,
  'secrets come from outside': checkSecrets,
};
/** One mistake in a base is one in seventy forms. */
const MOST_LINES = 20;

export async function checkManifests(checks: Checklist): Promise<void> {
  const renderings = await record(checks, 'overlay and combination', buildKustomize);
  await checks.check('manifests: every file is read, every component is tried', () => {
    const top = inRepository('k8s/kustomize');
    fail([...unreadFiles(top), ...untriedComponents(top)]);
  });
  renderings.push(...(await checkCharts(checks, renderings)));
  for (const [name, check] of Object.entries(CHECKS)) {
    await checks.check(`manifests: ${name}`, () => fail(problemsOf(renderings, check)));
  }
  await checks.check('manifests: every variable is set, or left alone on purpose', () =>
    fail(unsetVariables(renderings)),
  );
}

/** Until there are charts, nothing of Helm can be looked at. */
async function checkCharts(checks: Checklist, kustomize: readonly Rendering[]): Promise<Rendering[]> {
  const source = inRepository('k8s/helm');
  if (!existsSync(source)) {
    console.log('skip  manifests: charts, because there is no k8s/helm');
    return [];
  }
  const renderings = await record(checks, 'chart', async () => buildHelm(source));
  await checks.check('manifests: values are closed, and take no secret', () => fail(checkValues(source)));
  await checks.check('manifests: charts refuse typos and secrets', async () =>
    fail(await checkRefusals(source)),
  );
  await checks.check('manifests: Helm makes what Kustomize makes', () =>
    fail(checkEquivalence([...renderings, ...kustomize])),
  );
  return renderings;
}

/** What was built; what was not is a check that failed. */
async function record(checks: Checklist, what: string, build: () => Promise<Built>): Promise<Rendering[]> {
  const started = performance.now();
  const built = await checks.check(`manifests: every ${what} is found`, build);
  if (!built) return [];
  const { renderings, problems } = built;
  const wrong = renderings.length === 0 ? 'there is none' : shorten(problems);
  checks.record(`manifests: every ${what} builds (${renderings.length})`, performance.now() - started, wrong);
  return renderings;
}

function fail(problems: readonly string[]): void {
  if (problems.length > 0) throw new Error(shorten(problems));
}

function shorten(problems: readonly string[]): string | undefined {
  if (problems.length === 0) return undefined;
  const more = problems.length - MOST_LINES;
  return [...problems.slice(0, MOST_LINES), ...(more > 0 ? [`and ${more} more`] : [])].join('\n');
}
