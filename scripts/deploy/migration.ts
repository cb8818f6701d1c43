// The Job that migrates the database. Its template is immutable, so a deployment replaces it.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Cluster } from './cluster.ts';
import { type Pod, stateOf } from './pods.ts';
import { DeployProblem } from './problem.ts';

const POLL_MS = 1_000;

interface Job {
  status?: { ready?: number; conditions?: { type: string; status: string; message?: string }[] };
}

export interface Waiting {
  say: (line: string) => void;
  /** As of performance.now(). */
  deadlineMs: number;
}

/**
 * Removes the Job of the last deployment. One that is at work is waited for: MySQL and MariaDB commit at each
 * definition, so a migration that is cut off may leave half of itself.
 */
export async function retireJob(cluster: Cluster, name: string, { say, deadlineMs }: Waiting): Promise<void> {
  for (let told = false; ; told = true) {
    const job = await readJob(cluster, name);
    if (!job) return;
    if (isFinished(job) || !job.status?.ready) break;
    if (performance.now() > deadlineMs) {
      throw new DeployProblem(
        `The job ${name} of the last deployment is still at work. Nothing was changed.`,
      );
    }
    if (!told) say(`waiting for the job ${name} of the last deployment, which is at work`);
    await sleep(POLL_MS);
  }
  await cluster.ask(['delete', 'job', name, '--ignore-not-found', '--cascade=foreground', '--timeout=120s']);
}

/**
 * Waits until the Job is complete, and shows the log of each attempt that fails: the Job gives up after ten minutes.
 * @throws DeployProblem when it has failed or takes too long.
 */
export async function waitForJob(cluster: Cluster, name: string, waiting: Waiting): Promise<void> {
  const { say, deadlineMs } = waiting;
  const shown = new Set<string>();
  let last = '';
  for (;;) {
    const job = await readJob(cluster, name);
    // It deletes itself soon after its end. Whether the schema is current, the readiness of the API tells.
    if (!job) return say(`job ${name} has ended and is gone`);
    const pods = await podsOf(cluster, name);
    for (const pod of pods.filter(({ status }) => status?.phase === 'Failed')) {
      if (shown.has(pod.metadata.name)) continue;
      shown.add(pod.metadata.name);
      say(`${stateOf(pod)}\n${await logOf(cluster, pod)}`);
    }
    if (condition(job, 'Complete')) return say(`job ${name} is complete`);
    const failed = condition(job, 'Failed');
    if (failed) throw new DeployProblem(`The job ${name} failed: ${failed.message ?? 'it says no reason'}`);
    const state = pods.map(stateOf).join(', ') || 'no pod yet';
    if (state !== last) say(`waiting for the job ${name}: ${state}`);
    last = state;
    if (performance.now() > deadlineMs) throw new DeployProblem(`The job ${name} is not complete: ${state}`);
    await sleep(POLL_MS);
  }
}

async function readJob(cluster: Cluster, name: string): Promise<Job | undefined> {
  const text = await cluster.ask(['get', 'job', name, '--output=json', '--ignore-not-found']);
  return text.trim() === '' ? undefined : (JSON.parse(text) as Job);
}

function condition({ status }: Job, wanted: string) {
  return status?.conditions?.find((one) => one.type === wanted && one.status === 'True');
}

function isFinished(job: Job): boolean {
  return Boolean(condition(job, 'Complete') ?? condition(job, 'Failed'));
}

async function podsOf(cluster: Cluster, job: string): Promise<Pod[]> {
  const text = await cluster.ask(['get', 'pods', '--selector', `job-name=${job}`, '--output=json']);
  return (JSON.parse(text) as { items: Pod[] }).items;
}

async function logOf(cluster: Cluster, { metadata }: Pod): Promise<string> {
  const { stdout, stderr } = await cluster.run(['logs', metadata.name, '--all-containers', '--tail=60']);
  return (stdout || stderr).trim() || 'It wrote no log.';
}
