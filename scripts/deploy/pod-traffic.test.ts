// The real API and the real fast path; kubectl's stand-in leads to them, and runs the pod's program here.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Stack, startStack } from '../processes/stack.ts';
import { logIn } from '../seed/rest-client.ts';
import { Checklist } from '../suites/checklist.ts';
import type { Cluster } from './cluster.ts';
import { type Answer, createStandIn, type StandIn } from './testing/stand-in.ts';

let standIn: StandIn;
let stack: Stack;
let cluster: Cluster;
beforeAll(async () => {
  stack = await startStack({ webui: 0 });
  standIn = await createStandIn();
  standIn.answers([['kubectl config get-contexts*', 'kind-test'], forward()]);
  const { openCluster } = await import('./cluster.ts');
  cluster = (await openCluster('kind-test')).within('tripod');
});
afterAll(async () => {
  standIn[Symbol.dispose]();
  await stack.stop();
});

const forward = (): Answer => ['*port-forward*', `Forwarding from ${stack.api.listen.http} -> 5000`, 'stay'];

test('the mock data arrives, with traffic inside the pod and none from here; a second time nothing is added', async () => {
  const { seedCluster } = await import('./seed-cluster.ts');
  const seed = async () => {
    const lines: string[] = [];
    await seedCluster(cluster, stack.admin, { SEED_PASSWORD: 'for the tests only' }, (line) =>
      lines.push(line),
    );
    return lines.join('\n');
  };
  const first = await seed();
  expect(first).toMatch(
    /users: 4 added\nrules: 5 added\naudit log: .+\ntraffic: (\d+) packets sent in 4 flows inside the pod, [1-9]\d* came back$/,
  );
  expect(await seed()).toMatch(/rules: already there \(5\)\n.+\ntraffic: already there$/);
});

test('a pod that ends while kubectl leads there is tried again, and then said', async () => {
  standIn.answers([['*port-forward*', 'Forwarding from 127.0.0.1:1 -> 5000', 'stay']]);
  const { seedCluster } = await import('./seed-cluster.ts');
  await expect(seedCluster(cluster, stack.admin, {}, () => {}, 1)).rejects.toThrow(
    'nothing answers at http://127.0.0.1:1',
  );
  expect(standIn.calls()).toHaveLength(3);
  standIn.answers([forward()]);
});

test('a port-forward that fails says why', async () => {
  standIn.answers([['*port-forward*', 'error: unable to forward port because pod is not running', 1]]);
  const { forwardPorts } = await import('./port-forward.ts');
  await expect(forwardPorts(cluster, 'api', [5000])).rejects.toThrow('pod is not running');
  standIn.answers([forward()]);
});

test('a rule is enforced on packets in the pod; one that is not is found out', async () => {
  const { checkRule } = await import('./rule-check.ts');
  const api = await logIn(stack.apiUrl, stack.admin.email, stack.admin.password);
  const checks = new Checklist();
  await checkRule(checks, cluster, api);
  expect(checks.failures).toEqual([]);
  expect(checks.score.passed).toBe(3);

  // A pod whose packets always come back.
  const deaf = { ...cluster, ask: async () => JSON.stringify([{ sent: 20, received: 20 }]) };
  const planted = new Checklist();
  await checkRule(planted, deaf, api, 100);
  expect(planted.failures).toEqual([
    expect.stringMatching(/^rules: a drop rule silences its flow: still waiting/),
  ]);
  const { items } = await api.get<{ items: { name: string }[] }>('/rules?limit=100');
  expect(items.map(({ name }) => name)).not.toContain('smoke test');
});
