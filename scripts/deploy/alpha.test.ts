// The real commands and the real Kustomize; what would talk to a cluster or an engine is a stand-in.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { AlphaOptions } from './alpha.ts';
import {
  CLOUD_NODES,
  CONTEXTS,
  JOB_AT_WORK,
  JOB_COMPLETE,
  JOB_FAILED,
  KIND_NODES,
  NO_JOB,
  NO_PODS,
} from './testing/answers.ts';
import { writeOverlays } from './testing/overlays.ts';
import { type Answer, createStandIn, type StandIn } from './testing/stand-in.ts';

let standIn: StandIn;
let overlays: string;
let api: Server;
let forwarded: Answer;
let alpha: typeof import('./alpha.ts');
beforeAll(async () => {
  standIn = await createStandIn();
  overlays = writeOverlays(standIn.directory);
  alpha = await import('./alpha.ts');
  // Somebody changed the admin's password.
  api = createServer((_, response) => response.writeHead(401).end('{}')).listen(0, '127.0.0.1');
  await new Promise((resolve) => api.once('listening', resolve));
  const { port } = api.address() as AddressInfo;
  forwarded = ['*port-forward*', `Forwarding from 127.0.0.1:${port} -> 5000`, 'stay'];
});
afterAll(() => {
  standIn[Symbol.dispose]();
  api.close();
});

interface Outcome {
  said: string;
  error: string;
  calls: string[];
}

async function run(
  command: 'startAlpha' | 'deployAlpha' | 'endAlpha',
  before: Answer[],
  after: Answer[] = before,
  env: Record<string, string> = {},
): Promise<Outcome> {
  const common: Answer[] = [CONTEXTS, ['kubectl config current-context', 'kind-test'], NO_PODS];
  standIn.answers([...before, ...common], [...after, ...common]);
  const lines: string[] = [];
  const options: AlphaOptions = {
    env: { DEPLOY_TIMEOUT_S: '30', ...env },
    say: (line) => lines.push(line),
    overlays,
    build: async (images) => void lines.push(`built ${images.map(({ name, tag }) => `${name}:${tag}`)}`),
  };
  const error = await alpha[command](options).then(
    () => '',
    (reason: Error) => reason.message,
  );
  return { said: lines.join('\n'), error, calls: standIn.calls() };
}

const IMAGE: Answer = ['docker image inspect*', 'sha256:0123456789abcdef 100'];
const has = (calls: string[], text: string) => calls.some((call) => call.includes(text));

test('make alpha: builds, loads, replaces the job, applies, waits, seeds, says where it is', async () => {
  const before = [KIND_NODES, IMAGE, JOB_COMPLETE];
  const { said, error, calls } = await run('startAlpha', before, [JOB_COMPLETE, forwarded]);
  expect(error).toBe('');
  expect(said).toContain('built tripod-api:0.1.0,tripod-webui:0.1.0');
  const steps = calls.map((call) =>
    call.replace(/\S*\/tripod-(deploy|images)-\S+/g, 'FILE').replace(/=\d+s/, '=Ns'),
  );
  const api = 'docker.io/library/tripod-api:0.1.0';
  const from = steps.indexOf(`docker tag tripod-api:0.1.0 ${api}`);
  expect(steps.slice(from, from + 4)).toEqual([
    `docker tag tripod-api:0.1.0 ${api}`,
    `docker tag tripod-api:0.1.0 ${api}-0123456789ab`,
    `docker save --output FILE ${api} ${api}-0123456789ab`,
    'kind load image-archive FILE --name test',
  ]);
  expect(steps.slice(steps.indexOf('kubectl kustomize FILE', from))).toEqual([
    'kubectl kustomize FILE',
    'kubectl --namespace tripod get job api-migrate --output=json --ignore-not-found',
    'kubectl --namespace tripod delete job api-migrate --ignore-not-found --cascade=foreground --timeout=Ns',
    'kubectl apply -k FILE',
    'kubectl --namespace tripod get job api-migrate --output=json --ignore-not-found',
    'kubectl --namespace tripod get pods --selector job-name=api-migrate --output=json',
    'kubectl --namespace tripod rollout status statefulset/postgres --timeout=Ns',
    'kubectl --namespace tripod rollout status deployment/api --timeout=Ns',
    'kubectl --namespace tripod rollout status deployment/webui --timeout=Ns',
    'kubectl --namespace tripod get statefulsets,deployments --selector app.kubernetes.io/part-of=tripod --output=name',
    'kubectl --namespace tripod port-forward --address=127.0.0.1 service/api :5000',
  ]);
  expect(standIn.yaml('applied')).toContain('image: tripod-api:0.1.0-0123456789ab');
  expect(said).toContain("no mock data: the admin's password was changed");
  expect(said).toContain('kubectl --context kind-test --namespace tripod port-forward svc/webui 3000:80');
  expect(said).toContain('admin@example.com / admin');
});

test('a context that is not local: nothing is built, loaded or applied', async () => {
  const { said, error, calls } = await run('startAlpha', [CLOUD_NODES], [], { CONTEXT: 'prod' });
  expect(error).toMatch(
    /^The context prod does not look like a local cluster \(1 nodes: gke-1 gce:.+Nothing was done/,
  );
  expect(said).toBe('');
  expect(calls).toEqual(['kubectl config get-contexts --output=name', expect.stringContaining('get nodes')]);
  const named = await run('startAlpha', [CLOUD_NODES], [], { CONTEXT: 'prod', ALLOW_CONTEXT: 'prod' });
  expect(named.error).toContain('IMAGE_REGISTRY=host/path');
  expect(has(named.calls, ' apply ')).toBe(false);
});

test('with ALLOW_CONTEXT and IMAGE_REGISTRY: pushes there', async () => {
  const env = { CONTEXT: 'prod', ALLOW_CONTEXT: 'prod', IMAGE_REGISTRY: 'registry.example.com/team' };
  const { error, calls } = await run(
    'startAlpha',
    [CLOUD_NODES, IMAGE, NO_JOB],
    [JOB_COMPLETE, forwarded],
    env,
  );
  expect(error).toBe('');
  expect(calls).toContain('docker push registry.example.com/team/tripod-api:0.1.0-0123456789ab');
  expect(has(calls, 'kind load')).toBe(false);
  expect(standIn.yaml('applied')).toContain(
    'image: registry.example.com/team/tripod-webui:0.1.0-0123456789ab',
  );
});

test('a context that kubectl does not know, an overlay that is none of alpha', async () => {
  expect((await run('deployAlpha', [], [], { CONTEXT: 'typo' })).error).toBe(
    'kubectl knows no context "typo". It knows: kind-test, prod.',
  );
  expect((await run('deployAlpha', [], [], { OVERLAY: 'beta' })).error).toBe(
    'OVERLAY=beta is none of alpha.',
  );
});

test('the migration fails: the log of each attempt, and no rollout is waited for', async () => {
  const attempt = { metadata: { name: 'api-migrate-x' }, status: { phase: 'Failed' } };
  const after: Answer[] = [
    JOB_FAILED,
    ['*get pods*job-name=api-migrate*', { items: [attempt] }],
    ['*logs api-migrate-x*', 'relation "users" is in the way'],
  ];
  const { said, error, calls } = await run('deployAlpha', [KIND_NODES, NO_JOB], after);
  expect(error).toContain('The job api-migrate failed: Job has reached the specified backoff limit');
  expect(said).toContain('api-migrate-x: Failed\nrelation "users" is in the way');
  expect(said).not.toContain('Tripod is ready');
  expect(has(calls, 'rollout status')).toBe(false);
});

test('the migration has ended and deleted itself between two looks: the rollouts tell', async () => {
  const names: Answer = ['*get statefulsets,deployments*', 'deployment.apps/api\ndeployment.apps/fastpath'];
  const { said, error, calls } = await run('deployAlpha', [KIND_NODES, NO_JOB, names]);
  expect(said).toContain('note: deployment/fastpath is left from another overlay');
  expect(said).not.toContain('note: deployment/api');
  expect(error).toBe('');
  expect(said).toContain('job api-migrate has ended and is gone');
  expect(has(calls, 'rollout status deployment/api')).toBe(true);
});

test('the migration never ends: says how its pods are', async () => {
  const waiting = { reason: 'ImagePullBackOff', message: 'no such image' };
  const status = {
    phase: 'Pending',
    containerStatuses: [{ name: 'api-migrate', restartCount: 0, state: { waiting } }],
  };
  const pods: Answer = [
    '*get pods*--output=json',
    { items: [{ metadata: { name: 'api-migrate-x' }, status }] },
  ];
  const after: Answer[] = [['*get job *', { status: {} }], pods];
  const { error } = await run('deployAlpha', [KIND_NODES, NO_JOB], after, { DEPLOY_TIMEOUT_S: '0.5' });
  expect(error).toContain(
    'is not complete: api-migrate-x: Pending, api-migrate: ImagePullBackOff (no such image)',
  );
});

test('a rollout never ends: pods, warnings and the logs of what is not ready', async () => {
  const pod = (name: string, ready: string, restartCount = 0) => ({
    metadata: { name },
    status: {
      phase: 'Running',
      conditions: [{ type: 'Ready', status: ready }],
      containerStatuses: [{ name: 'api', ready: ready === 'True', restartCount }],
    },
  });
  const after: Answer[] = [
    JOB_COMPLETE,
    ['*rollout status deployment/api*', 'error: timed out waiting for the condition', 1],
    ['*get events*', 'Warning  Unhealthy  pod/api-b'],
    ['*get pods --output=json', { items: [pod('api-a', 'True'), pod('api-b', 'False', 3)] }],
    ['*logs api-b*--previous', 'out of memory'],
    ['*logs api-b*', 'DB_HOST: is required'],
  ];
  const { said, error, calls } = await run('deployAlpha', [KIND_NODES, NO_JOB], after);
  expect(error).toContain('rollout undo');
  for (const text of [
    'timed out waiting',
    'Unhealthy',
    'api-b: Running, api, restarted 3 times',
    'DB_HOST: is',
    'out of memory',
  ])
    expect(said).toContain(text);
  expect(has(calls, 'logs api-a')).toBe(false);
});

test('a migration of the last deployment that is at work is not cut off', async () => {
  const env = { DEPLOY_TIMEOUT_S: '0.5' };
  const { error, calls } = await run('deployAlpha', [KIND_NODES, JOB_AT_WORK], [], env);
  expect(error).toBe('The job api-migrate of the last deployment is still at work. Nothing was changed.');
  expect(has(calls, 'delete job') || has(calls, ' apply ')).toBe(false);
});

test('make alpha-down: names the namespace and the data, and deletes with YES=1 only', async () => {
  const there: Answer[] = [
    KIND_NODES,
    ['*get namespace tripod*', 'namespace/tripod'],
    ['*get persistentvolumeclaims*', 'persistentvolumeclaim/data-postgres-0'],
  ];
  const refused = await run('endAlpha', there);
  expect(refused.error).toBe(
    'This deletes the namespace tripod of kind-test with all that is in it, and the data of data-postgres-0 with it.\n' +
      'There is no terminal to ask: say YES=1.',
  );
  expect(has(refused.calls, ' delete ')).toBe(false);
  const done = await run('endAlpha', there, there, { YES: '1' });
  expect(done.calls.at(-1)).toBe(`kubectl delete -k ${overlays}/alpha --ignore-not-found --timeout=300s`);
  const foreign = await run('endAlpha', [CLOUD_NODES, ...there], [], { CONTEXT: 'prod', YES: '1' });
  expect(foreign.error).toContain('does not look like a local cluster');
  expect((await run('endAlpha', [KIND_NODES])).said).toContain('nothing to delete');
});
