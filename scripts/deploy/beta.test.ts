import { afterAll, beforeAll, expect, test } from 'vitest';
import { CONTEXTS, JOB_COMPLETE, JOB_FAILED, NO_JOB, NO_PODS } from './testing/answers.ts';
import { writeOverlays } from './testing/overlays.ts';
import { type Answer, createStandIn, type StandIn } from './testing/stand-in.ts';

let standIn: StandIn;
let overlays: string;
let deployBeta: typeof import('./beta.ts').deployBeta;
beforeAll(async () => {
  standIn = await createStandIn();
  overlays = writeOverlays(standIn.directory);
  ({ deployBeta } = await import('./beta.ts'));
});
afterAll(() => standIn[Symbol.dispose]());

const NAMED = { CONTEXT: 'prod', IMAGE_REGISTRY: 'registry.example.com/team', IMAGE_TAG: '1.2.3' };
const NAMESPACE: Answer = ['*get namespace tripod*', 'namespace/tripod'];
const SECRETS: Answer[] = [
  ['*get secret api *', 'JWT_KEYS\n.'],
  ['*get secret database *', 'DATABASE_URL\n.'],
  ['*get secret fastpath *', 'FASTPATH_SECRET\n.'],
];
const DIFFERENCE: Answer = ['*diff*', '-        replicas: 1\n+        replicas: 2', 1];

async function run(answers: Answer[], env: Record<string, string>, after = answers) {
  const common: Answer[] = [CONTEXTS, NO_PODS];
  standIn.answers([...answers, ...common], [...after, ...common]);
  const lines: string[] = [];
  const options = {
    env: { DEPLOY_TIMEOUT_S: '30', ...env },
    say: (line: string) => lines.push(line),
    overlays,
  };
  const error = await deployBeta(options).then(
    () => '',
    (reason: Error) => reason.message,
  );
  const calls = standIn.calls().map((call) => call.replace(/\S*\/tripod-deploy-[^/\s]+/g, 'FOLDER'));
  return { said: lines.join('\n'), error, calls };
}

const applies = (calls: string[]) =>
  calls.some((call) => call.includes(' apply ') && !call.includes('--dry-run'));

test('checks, shows the difference, and applies what it showed', async () => {
  const answers = [NAMESPACE, ...SECRETS, DIFFERENCE, NO_JOB];
  const { said, error, calls } = await run(answers, { ...NAMED, YES: '1' }, [JOB_COMPLETE]);
  expect(error).toBe('');
  expect(said).toContain('image registry.example.com/team/tripod-api:1.2.3');
  expect(said).toContain('+        replicas: 2');
  expect(said).toContain('Deployed to prod, namespace tripod.');
  expect(calls.slice(calls.indexOf('kubectl apply --dry-run=server -f FOLDER/checked.yaml'))).toEqual([
    'kubectl apply --dry-run=server -f FOLDER/checked.yaml',
    'kubectl diff -f FOLDER/compared.yaml',
    'kubectl --namespace tripod get job api-migrate --output=json --ignore-not-found',
    'kubectl apply -f FOLDER/manifest.yaml',
    'kubectl --namespace tripod get job api-migrate --output=json --ignore-not-found',
    'kubectl --namespace tripod get pods --selector job-name=api-migrate --output=json',
    expect.stringMatching(/^kubectl --namespace tripod rollout status deployment\/api --timeout=\d+s$/),
  ]);
  expect(standIn.yaml('applied')).toContain('image: registry.example.com/team/tripod-api:1.2.3');
  // An existing job cannot be checked under its own name: its template is immutable.
  expect(standIn.yaml('checked')).toContain('name: api-migrate-check');
});

test('without CONTEXT and IMAGE_REGISTRY: says both, and asks no cluster', async () => {
  const { error, calls } = await run([], {});
  expect(error).toMatch(/^CONTEXT is not set.+\nIMAGE_REGISTRY is not set/);
  expect(calls).toEqual([`kubectl kustomize ${overlays}/beta`]);
  const wrong = await run([], { ...NAMED, IMAGE_REGISTRY: 'https://x/', IMAGE_TAG: 'a b' });
  expect(wrong.error).toBe(
    'IMAGE_REGISTRY="https://x/" is not host[:port][/path]; IMAGE_TAG="a b" is not a tag.',
  );
});

test('without Secrets: names each and its keys, all at once', async () => {
  const answers: Answer[] = [
    NAMESPACE,
    ['*get secret database *', 'DB_USER\n.'],
    ['*get secret fastpath *', '.'],
    ['*get secret redis *', 'REDIS_PASSWORD\n.'],
  ];
  const { error, calls } = await run(answers, { ...NAMED, YES: '1' });
  expect(error.split('\n')).toEqual([
    'Secret api is missing: it needs JWT_KEYS',
    'Secret database has no DB_USER and DB_PASS, or DATABASE_URL',
    'Secret redis has no REDIS_URL',
    'Secret fastpath has no FASTPATH_SECRET',
    expect.stringContaining('Nothing was deployed'),
  ]);
  expect(applies(calls)).toBe(false);
  expect((await run([], NAMED)).error).toContain('kubectl create namespace tripod');
});

test('nobody agrees: nothing is applied', async () => {
  const { said, error, calls } = await run([NAMESPACE, ...SECRETS, DIFFERENCE], NAMED);
  expect(error).toContain(
    'This goes to prod, namespace tripod; the database is migrated first.\nThere is no terminal',
  );
  expect(said).toContain('job api-migrate is replaced and runs');
  expect(applies(calls)).toBe(false);
});

test('the cluster refuses the dry run, or cannot compare: its words, and nothing is applied', async () => {
  const refusal: Answer = ['*--dry-run=server*', 'pods violate PodSecurity', 1];
  const { error, calls } = await run([NAMESPACE, ...SECRETS, refusal], { ...NAMED, YES: '1' });
  expect(error).toContain('pods violate PodSecurity');
  expect(applies(calls)).toBe(false);
  const blind: Answer = ['*diff*', 'diff is not installed', 2];
  expect((await run([NAMESPACE, ...SECRETS, blind], { ...NAMED, YES: '1' })).error).toContain(
    'diff is not installed',
  );
});

test('the migration fails: the rollout is not waited for, and the error says how to go back', async () => {
  const answers = [NAMESPACE, ...SECRETS, DIFFERENCE, NO_JOB];
  const { said, error, calls } = await run(answers, { ...NAMED, YES: '1' }, [JOB_FAILED]);
  expect(error).toContain('The job api-migrate failed');
  expect(error).toContain('kubectl --context prod --namespace tripod rollout undo');
  expect(said).toContain('--- last warnings');
  expect(calls.some((call) => call.includes('rollout status'))).toBe(false);
});
