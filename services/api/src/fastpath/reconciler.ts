import { setTimeout as sleep } from 'node:timers/promises';
import type { InstanceClient } from './instance-client.ts';
import { createInstanceSync, type InstanceSync, type InstanceSyncOptions } from './instance-sync.ts';
import type { InstanceView } from './instance-view.ts';
import type { Instances } from './instances.ts';
import { createSharedRuleSet } from './rule-set.ts';

/** How long the first answer of /fastpath/status waits for the first look at the instances. */
const FIRST_LOOK_MS = 2_500;

export interface Reconciler {
  start(): void;
  /** The rules changed in this process: every instance is looked at now, without waiting for the interval. */
  trigger(): void;
  /** What is known of every instance, and of names that lead to none. */
  views(): InstanceView[];
  /** Resolves once every instance has been looked at for the first time (or has had its chance). */
  firstLook(): Promise<void>;
  /** Cancels what is under way and resolves when nothing runs any more. */
  stop(): Promise<void>;
}

interface ReconcilerOptions extends Omit<InstanceSyncOptions, 'rules'> {
  instances: Instances;
}

/**
 * Brings every fast-path instance to the rule set of the database, on change and every interval. Any number of
 * API processes may run it at once: applying is idempotent and an older revision never replaces a newer one.
 */
export function createReconciler({ instances, ...options }: ReconcilerOptions): Reconciler {
  const rules = createSharedRuleSet(options.source);
  const syncs = new Map<string, { client: InstanceClient; sync: InstanceSync }>();
  const retired = new Set<Promise<void>>();
  let first = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;

  /** One sync for each instance that exists now. New ones are checked at once. */
  function adopt(): void {
    const present = new Map(instances.all().map((client) => [client.address, client]));
    for (const [address, { client, sync }] of syncs) {
      if (present.get(address) === client) continue;
      syncs.delete(address);
      const ended = sync.stop().finally(() => retired.delete(ended));
      retired.add(ended);
    }
    for (const [address, client] of present) {
      if (syncs.has(address)) continue;
      const sync = createInstanceSync(client, { ...options, rules });
      syncs.set(address, { client, sync });
      sync.check();
    }
  }

  function checkAll(): void {
    for (const { sync } of syncs.values()) sync.check();
  }

  async function resolveAnew(): Promise<void> {
    await instances.refresh();
    if (!stopped) adopt();
  }

  async function firstRound(): Promise<void> {
    await resolveAnew();
    await Promise.all([...syncs.values()].map(({ sync }) => sync.idle()));
  }

  function tick(): void {
    rules.release();
    checkAll();
    // Not awaited: a resolver that hangs must not delay the instances that are known already.
    void resolveAnew();
  }

  return {
    start: () => {
      first = Promise.race([firstRound(), sleep(FIRST_LOOK_MS, undefined, { ref: false })]);
      timer = setInterval(tick, options.intervalMs);
    },
    trigger: checkAll,
    views: () => [
      ...[...syncs.values()].map(({ sync }) => sync.view()),
      ...instances.unresolved().map(({ address, error }) => ({
        address,
        reachable: false,
        error,
        status: null,
        applied: null,
        lastSeenAt: null,
      })),
    ],
    firstLook: () => first,
    stop: async () => {
      stopped = true;
      clearInterval(timer);
      rules.close();
      await Promise.all([...syncs.values()].map(({ sync }) => sync.stop()));
      await Promise.all(retired);
      instances.close();
    },
  };
}
