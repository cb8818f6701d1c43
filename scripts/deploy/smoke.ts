// `make smoke-alpha`: is what runs on the cluster the product? Through forwarded ports, so no policy needs a hole.
import assert from 'node:assert/strict';
import type { ServiceProcess } from '../processes/service-process.ts';
import type { Stack } from '../processes/stack.ts';
import type { RestClient } from '../seed/rest-client.ts';
import { logIn } from '../seed/rest-client.ts';
import { checkApi } from '../smoke/api-checks.ts';
import { checkPages } from '../smoke/page-checks.ts';
import { checkServices } from '../smoke/service-checks.ts';
import type { Checklist } from '../suites/checklist.ts';
import type { Cluster } from './cluster.ts';
import { forwardPorts } from './port-forward.ts';
import { checkRule } from './rule-check.ts';

type Admin = Stack['admin'];

/** All checks on the namespace of `cluster`; `fastpath` tells whether the overlay has one. */
export async function smokeCluster(
  checks: Checklist,
  cluster: Cluster,
  { admin, fastpath }: { admin: Admin; fastpath: boolean },
): Promise<void> {
  await using forwards = new AsyncDisposableStack();
  const forward = async (service: string, ports: number[]) => {
    const found = await checks.check(`port-forward to service/${service}`, () =>
      forwardPorts(cluster, service, ports),
    );
    return found && forwards.use(found).addresses;
  };
  const webui = await forward('webui', [80, 3001]);
  const api = await forward('api', [5000, 5001]);
  const guard = fastpath ? await forward('fastpath', [8080]) : [];
  if (!webui || !api || !guard) return;

  const services = { webui: service('webui', webui), api: service('api', api) };
  const stack = { webuiUrl: `http://${webui[0]}`, apiUrl: `http://${api[0]}`, admin };
  const users = await checkSeedCommands(checks, stack);
  if (fastpath) {
    await checkServices(checks, { ...services, fastpath: service('fastpath', guard) });
    await checkApi(checks, stack);
    if (users) await checkRule(checks, cluster, users);
  }
  await checkPages(checks, stack);
}

function service(name: ServiceProcess['name'], [http, metrics]: string[]) {
  return { name, listen: { http: http!, metrics } };
}

/** The two commands of the README: log in at the API, list the users. */
async function checkSeedCommands(
  checks: Checklist,
  { apiUrl, admin }: Pick<Stack, 'apiUrl' | 'admin'>,
): Promise<RestClient | undefined> {
  const api = await checks.check('curl: log in at the API', () => logIn(apiUrl, admin.email, admin.password));
  if (!api) return undefined;
  await checks.check('curl: list the users', async () => {
    const { items } = await api.get<{ items: { email: string }[] }>(
      `/users?q=${encodeURIComponent(admin.email)}`,
    );
    assert.ok(
      items.some(({ email }) => email === admin.email),
      'the admin is not among them',
    );
  });
  return api;
}
