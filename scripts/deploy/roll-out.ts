import type { Cluster } from './cluster.ts';
import { diagnose } from './diagnosis.ts';
import { jobsOf, type Manifest, rolloutsOf } from './manifest.ts';
import { retireJob, type Waiting, waitForJob } from './migration.ts';
import { DeployProblem } from './problem.ts';

/** The API itself waits up to eleven minutes for a database that has its image to pull and its files to make. */
const TIMEOUT_S = 900;

/** When to give up, from DEPLOY_TIMEOUT_S. */
export function deadlineOf(env: NodeJS.ProcessEnv): number {
  const seconds = Number(env.DEPLOY_TIMEOUT_S || TIMEOUT_S);
  if (!(seconds > 0))
    throw new DeployProblem(`DEPLOY_TIMEOUT_S="${env.DEPLOY_TIMEOUT_S}" is no number of seconds.`);
  return performance.now() + seconds * 1000;
}

/**
 * Applies, waits for the migration, then for every rollout. Old pods serve until new ones are ready, so a failure
 * leaves what ran before. @throws DeployProblem, after it said what pods, events and logs tell.
 * @param source what kubectl applies: `-k folder` or `-f file`
 */
export async function rollOut(
  cluster: Cluster,
  manifest: Manifest,
  source: readonly [flag: '-k' | '-f', path: string],
  waiting: Waiting,
): Promise<void> {
  const { say, deadlineMs } = waiting;
  const inside = cluster.within(manifest.namespace);
  for (const job of jobsOf(manifest)) await retireJob(inside, job, waiting);
  await cluster.ask(['apply', ...source], { onLine: say });
  try {
    for (const job of jobsOf(manifest)) await waitForJob(inside, job, waiting);
    for (const one of rolloutsOf(manifest)) {
      const seconds = Math.max(1, Math.ceil((deadlineMs - performance.now()) / 1000));
      await inside.ask(['rollout', 'status', one, `--timeout=${seconds}s`], { onLine: say });
    }
  } catch (error) {
    await diagnose(inside, say);
    const advice = `Pods that were ready before still serve. To go back: kubectl --context ${cluster.context} --namespace ${manifest.namespace} rollout undo deployment/…`;
    if (error instanceof DeployProblem)
      throw new DeployProblem(`\n${error.message}\n${advice}`, { cause: error });
    throw error;
  }
}
