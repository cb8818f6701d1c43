import { setTimeout as sleep } from 'node:timers/promises';
import { logIn, type RestClient, RestError, UnreachableError } from '../seed/rest-client.ts';
import { seedMockData } from '../seed/seed.ts';
import type { Cluster } from './cluster.ts';
import { demoPodFlows, loopbackPort, sendInPod } from './pod-traffic.ts';
import { forwardPorts } from './port-forward.ts';
import { DeployProblem } from './problem.ts';

const TRAFFIC_SECONDS = 3;
const ATTEMPTS = 3;

/** What `make seed-mock-data` does, through a forwarded port, and a little traffic inside the pod. */
export async function seedCluster(
  cluster: Cluster,
  admin: { email: string; password: string },
  env: NodeJS.ProcessEnv,
  say: (line: string) => void,
  pauseMs = 5_000,
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await seedOnce(cluster, admin, env, say);
    } catch (error) {
      if (error instanceof RestError) throw new DeployProblem(`The mock data is refused: ${error.message}`);
      if (!(error instanceof UnreachableError)) throw error;
      // kubectl may have chosen a pod that is about to end.
      if (attempt === ATTEMPTS) throw new DeployProblem(`The mock data cannot be added: ${error.message}`);
    }
    await sleep(pauseMs);
  }
}

async function seedOnce(
  cluster: Cluster,
  { email, password: secret }: { email: string; password: string },
  env: NodeJS.ProcessEnv,
  say: (line: string) => void,
): Promise<void> {
  await using forward = await forwardPorts(cluster, 'api', [5000]);
  const api = await logIn(`http://${forward.addresses[0]}`, email, secret).catch((error) => {
    if (error instanceof RestError && error.status === 401) return undefined;
    throw error;
  });
  // Somebody did what the pages ask for: no failure of the deployment.
  if (!api) {
    return say(
      "no mock data: the admin's password was changed. With ADMIN_EMAIL and ADMIN_PASSWORD it is added.",
    );
  }
  const { lines, password } = await seedMockData(fromAfar(api), env.SEED_PASSWORD || undefined);
  for (const line of lines.filter((one) => !one.startsWith('traffic:'))) say(line);
  say(`traffic: ${await seedTraffic(cluster, api)}`);
  if (password && !env.SEED_PASSWORD) say(`The new users' password, shown only now: ${password}`);
}

/** An address of a pod, 127.0.0.1 above all, is none of this machine's: the seed must not send there. */
function fromAfar(api: RestClient): RestClient {
  return {
    ...api,
    async get<T>(path: string): Promise<T> {
      const reply = await api.get<T>(path);
      return path === '/fastpath/status' ? { ...reply, instances: [] } : reply;
    },
  };
}

async function seedTraffic(cluster: Cluster, api: RestClient): Promise<string> {
  const found = await loopbackPort(api);
  if ('reason' in found) return `none, ${found.reason}`;
  const { items } = await api.get<{ items: unknown[] }>('/fastpath/flows?limit=1');
  if (items.length > 0) return 'already there';
  const flows = await sendInPod(cluster, found.port, demoPodFlows(TRAFFIC_SECONDS));
  const sum = (key: 'sent' | 'received') => flows.reduce((total, flow) => total + flow[key], 0);
  return `${sum('sent')} packets sent in ${flows.length} flows inside the pod, ${sum('received')} came back`;
}
