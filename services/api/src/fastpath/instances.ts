import type { Lookup, Resolution, ResolvedAddress, Target } from './addresses.ts';
import { formatTarget, resolveTarget } from './addresses.ts';
import { createInstanceClient, type InstanceClient, type InstanceClientOptions } from './instance-client.ts';

export interface Instances {
  /** Every instance known now, in order of address. */
  all(): InstanceClient[];
  /** Targets that name no instance now, and why. */
  unresolved(): { address: string; error: string }[];
  /** Resolves every name anew; opens clients for new addresses, closes those of vanished ones. Never throws. */
  refresh(): Promise<void>;
  close(): void;
}

/** The set of fast-path instances behind FASTPATH_ADDRESS, as the resolver sees it. */
export function createInstances(
  targets: Target[],
  options: InstanceClientOptions & { lookup?: Lookup },
): Instances {
  const clients = new Map<string, InstanceClient>();
  const resolved = new Map<string, Resolution>();
  let refreshing: Promise<void> | null = null;
  let closed = false;

  async function refreshTarget(target: Target): Promise<void> {
    const key = formatTarget(target);
    const resolution = await resolveTarget(target, options.lookup);
    // While DNS fails the addresses of before still stand: an outage of DNS must not stop enforcement.
    const addresses = resolution.addresses ?? resolved.get(key)?.addresses ?? null;
    resolved.set(key, { ...resolution, addresses });
  }

  function reconcileClients(): void {
    if (closed) return;
    const wanted = new Map<string, ResolvedAddress>();
    for (const { addresses } of resolved.values()) {
      for (const address of addresses ?? []) wanted.set(address.address, address);
    }
    for (const [address, client] of clients) {
      if (wanted.has(address)) continue;
      clients.delete(address);
      client.close();
    }
    for (const [address, target] of wanted) {
      if (!clients.has(address)) clients.set(address, createInstanceClient(target, options));
    }
  }

  async function refreshAll(): Promise<void> {
    // One name that hangs in DNS does not hold back the others.
    await Promise.all(targets.map((target) => refreshTarget(target).then(reconcileClients)));
  }

  return {
    all: () => [...clients.values()].sort((a, b) => (a.address < b.address ? -1 : 1)),
    unresolved: () =>
      [...resolved.values()]
        .filter(({ addresses }) => addresses === null || addresses.length === 0)
        .map(({ target, error }) => ({ address: formatTarget(target), error: error ?? 'not resolved yet' })),
    refresh: () => {
      refreshing ??= refreshAll().finally(() => {
        refreshing = null;
      });
      return refreshing;
    },
    close: () => {
      closed = true;
      for (const client of clients.values()) client.close();
      clients.clear();
    },
  };
}
