import { type KubernetesObject, nameOf } from '../../kubernetes/object.ts';
import { ofKind, type Rendering } from './rendering.ts';
import { type Workload, workloadsOf } from './workloads.ts';

const ANNOTATIONS: Record<string, string> = {
  'argocd.argoproj.io/sync-options': 'Force=true,Replace=true',
  'kustomize.toolkit.fluxcd.io/force': 'enabled',
};

/** One Job migrates, ends at last, and does not stand in the way of the next one. */
export function checkJobs(rendering: Rendering): string[] {
  const jobs = ofKind(rendering, 'Job');
  const servers = workloadsOf(rendering).filter(({ object }) => object.kind === 'Deployment');
  const wanted = rendering.bases.has('api') && !rendering.components.has('no-migration') ? 1 : 0;
  return [
    ...(jobs.length === wanted ? [] : [`there are ${jobs.length} Jobs and not ${wanted}`]),
    ...jobs.flatMap((job) => jobProblems(job, rendering.by).map((problem) => `${nameOf(job)}: ${problem}`)),
    ...servers.filter(migrates).map(({ title }) => `${title}: it migrates, and so does each of its replicas`),
  ];
}

function jobProblems({ metadata, spec }: KubernetesObject, by: Rendering['by']): string[] {
  const { ttlSecondsAfterFinished: ttl, backoffLimit, activeDeadlineSeconds } = spec;
  const { restartPolicy, containers } = spec.template.spec;
  const [container] = containers as { command?: string[] }[];
  const wrong = Object.entries(ANNOTATIONS).filter(([key, value]) => metadata.annotations?.[key] !== value);
  return [
    // A Job cannot be changed: one that has ended must be gone before the next version comes.
    ...(by === 'helm' || ttl <= 300 ? [] : ['it stays when it has ended']),
    ...(backoffLimit >= 1 ? [] : ['it gives up at the first failure']),
    ...(activeDeadlineSeconds > 0 ? [] : ['it may wait for ever']),
    // Logs of a failed pod are the reason why.
    ...(restartPolicy === 'Never' ? [] : ['its failed pods do not stay']),
    ...(container?.command?.join(' ') === 'node src/migrate.ts' ? [] : ['it does not run src/migrate.ts']),
    ...(by === 'helm' ? [] : wrong.map(([key, value]) => `annotation ${key} is not ${value}`)),
  ];
}

function migrates({ containers }: Workload): boolean {
  return containers.some(({ command = [], args = [] }) =>
    [...command, ...args].join(' ').includes('migrate'),
  );
}
