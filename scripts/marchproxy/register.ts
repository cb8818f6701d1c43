import type { KnownService, MarchProxy } from './client.ts';
import type { ProxyService } from './service.ts';

/**
 * Brings MarchProxy to what the services say: finds each by name, creates or changes what differs. One that it
 * refuses does not stop the others; answers all refusals.
 */
export async function registerServices(
  proxy: MarchProxy,
  clusterId: number,
  services: readonly ProxyService[],
  say: (line: string) => void,
): Promise<string[]> {
  const known = new Map((await proxy.list()).map((one) => [one.name, one]));
  const problems: string[] = [];
  for (const service of services) {
    try {
      say(`${service.name}: ${await registerOne(proxy, clusterId, service, known.get(service.name))}`);
    } catch (error) {
      problems.push(`${service.name}: ${(error as Error).message}`);
    }
  }
  return problems;
}

async function registerOne(
  proxy: MarchProxy,
  clusterId: number,
  service: ProxyService,
  known: KnownService | undefined,
): Promise<string> {
  if (!known) {
    await proxy.create({ ...service, cluster_id: clusterId });
    return 'created';
  }
  // Names are unique over all clusters, and a service never changes its cluster.
  if (known.cluster_id !== clusterId) throw new Error(`the name is taken in cluster ${known.cluster_id}`);
  const { auth_type, ...rest } = service;
  const wanted: Partial<KnownService> = { ...rest, is_active: true };
  const fields = Object.keys(wanted) as (keyof typeof wanted)[];
  const changed = fields.filter((field) => wanted[field] !== known[field]);
  const change = Object.fromEntries(changed.map((field) => [field, wanted[field]]));
  const secret = auth_type !== known.auth_type;
  // A change of the type alone would leave the service without the secret that the type needs.
  if (secret && auth_type !== 'none') await proxy.rotate(known.id, auth_type);
  if (secret && auth_type === 'none') change.auth_type = auth_type;
  if (Object.keys(change).length > 0) await proxy.update(known.id, change);
  const all = [...changed, ...(secret ? ['auth_type'] : [])];
  return all.length > 0 ? `changed ${all.join(', ')}` : 'is as it should be';
}
