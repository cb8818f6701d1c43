import { randomBytes } from 'node:crypto';
import { demoFlows } from '../traffic/demo-flows.ts';
import { isOwnAddress, parseTarget } from '../traffic/target.ts';
import { createTrafficSender } from '../traffic/traffic-sender.ts';
import { MOCK_RULES, MOCK_USERS } from './mock-data.ts';
import type { RestClient } from './rest-client.ts';

const TRAFFIC_SECONDS = 3;

export interface SeedReport {
  /** One line for each feature: what was added, what was there. */
  lines: string[];
  /** The password of the users that were added just now; undefined when all were there. */
  password: string | undefined;
}

/** Adds what is missing of the mock data, found by e-mail address and name; runs as often as you like. */
export async function seedMockData(api: RestClient, givenPassword?: string): Promise<SeedReport> {
  const password = givenPassword ?? randomBytes(12).toString('base64url');
  const users = await addMissing(MOCK_USERS, 'email', '/users', api, { password });
  const rules = await addMissing(MOCK_RULES, 'name', '/rules', api, {});
  return {
    lines: [
      `users: ${count(users, MOCK_USERS.length)}`,
      `rules: ${count(rules, MOCK_RULES.length)}`,
      `audit log: ${users + rules > 0 ? 'written by these changes' : 'already there'}`,
      `traffic: ${await seedTraffic(api)}`,
    ],
    password: users > 0 ? password : undefined,
  };
}

/** Creates every item whose `key` no present one has; answers how many. */
async function addMissing<T extends object>(
  items: T[],
  key: keyof T & string,
  path: string,
  api: RestClient,
  extra: object,
): Promise<number> {
  let added = 0;
  for (const item of items) {
    const wanted = String(item[key]);
    const found = await api.get<{ items: T[] }>(`${path}?limit=100&q=${encodeURIComponent(wanted)}`);
    if (found.items.some((present) => present[key] === item[key])) continue;
    await api.post(path, { ...item, ...extra });
    added++;
  }
  return added;
}

async function seedTraffic(api: RestClient): Promise<string> {
  const status = await api.get<{ instances: { reachable: boolean; data_addresses?: string[] }[] }>(
    '/fastpath/status',
  );
  const addresses = status.instances.flatMap((one) => (one.reachable ? (one.data_addresses ?? []) : []));
  if (addresses.length === 0) return 'none, no fast path is reachable';
  const flows = await api.get<{ items: unknown[] }>('/fastpath/flows?limit=10');
  if (flows.items.length > 0) return 'already there';
  const targets: string[] = [];
  for (const address of addresses) if (isOwnAddress(await parseTarget(address))) targets.push(address);
  if (targets.length === 0) return 'none, the data plane is on another machine (see scripts/traffic.ts)';
  const sender = await createTrafficSender({ flows: demoFlows(targets, TRAFFIC_SECONDS) });
  sender.start();
  const { sent, received } = await sender.done;
  return `${sent} packets sent in ${demoFlows(targets).length} flows, ${received} came back`;
}

function count(added: number, all: number): string {
  if (added === 0) return `already there (${all})`;
  return added === all ? `${added} added` : `${added} added, ${all - added} already there`;
}
