import type { Logger } from 'pino';
import type { InstanceClient } from './instance-client.ts';
import type { Instances } from './instances.ts';
import { type Watch, type Watched, watchInstance } from './watch.ts';

const INTERVAL_MS = 1_000;

type StatsListener = (snapshot: Watched[]) => void;

export interface StatsHub {
  /** Calls the listener every second with the newest of all instances. Returns what ends it. */
  subscribe(listener: StatsListener): () => void;
  close(): void;
}

/**
 * Shares one upstream statistics stream per instance among all readers of this process. The streams run only
 * while somebody reads: the first reader starts them and the last one stops them.
 */
export function createStatsHub(instances: Instances, log: Logger): StatsHub {
  const listeners = new Set<StatsListener>();
  const watches = new Map<InstanceClient, Watch>();
  let timer: NodeJS.Timeout | undefined;
  let greeted = false;

  function followInstances(): void {
    const present = new Set(instances.all());
    for (const [client, watch] of watches) {
      if (present.has(client)) continue;
      watch.stop();
      watches.delete(client);
    }
    for (const client of present) {
      if (!watches.has(client)) watches.set(client, watchInstance(client, greet));
    }
  }

  function current(): Watched[] {
    return [...watches.values()].map((watch) => watch.now());
  }

  function emit(): void {
    const snapshot = current();
    for (const listener of listeners) {
      try {
        listener(snapshot);
      } catch (err) {
        // This runs in a timer: thrown on, it would end the process for one reader or one strange figure.
        log.error({ err }, 'a reader of the statistics failed');
      }
    }
  }

  /** The first reader gets its figures as soon as every instance has answered, not a second later. */
  function greet(): void {
    if (greeted || !current().every(({ stats }) => stats !== null)) return;
    greeted = true;
    emit();
  }

  function tick(): void {
    followInstances();
    greeted = true;
    emit();
  }

  function stopWatching(): void {
    clearInterval(timer);
    for (const watch of watches.values()) watch.stop();
    watches.clear();
  }

  return {
    subscribe: (listener) => {
      listeners.add(listener);
      if (listeners.size === 1) {
        greeted = false;
        followInstances();
        timer = setInterval(tick, INTERVAL_MS);
      } else if (greeted) {
        listener(current());
      }
      return () => {
        if (listeners.delete(listener) && listeners.size === 0) stopWatching();
      };
    },
    close: () => {
      listeners.clear();
      stopWatching();
    },
  };
}
