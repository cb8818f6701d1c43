import type { SessionStore } from '../auth/session-store.ts';
import type { Simulation } from './simulation.ts';

/** What may befall a command: it is lost before it arrives, or its sender gives up waiting while it goes on. */
const FATES = ['answered', 'answered', 'answered', 'answered', 'lost', 'given up'] as const;

/** Ways in which a store could be simpler. The tests show that each is wrong. */
interface Shortcuts {
  /** Entries count whatever the stamp is; forgetting deletes entries. */
  noStamps?: boolean;
  /** An entry lives its lease from when it is written. */
  relativeLease?: boolean;
  /** Keys are the same in every life of the server. */
  oneLife?: boolean;
}

interface Value {
  text: string;
  expiresAt: number;
}

/** A model of the store in Redis (auth/session-store.ts), with everything that may befall a Redis. */
export interface SimulatedServer {
  /** The store as one process reaches it; nothing gets through while its link is cut. */
  connect(shortcuts?: Shortcuts, link?: { cut: boolean }): SessionStore;
  /** Carries nothing out, and what has arrived by then after the next call. */
  toggleHang(): void;
  flush(): void;
  /** Loses one key. */
  evict(): void;
  saveSnapshot(): void;
  /** Somebody who can write to it brings back all that was there at some moment, for ever. */
  intrude(): void;
  /** Another life begins, with nothing or with what the last snapshot holds. */
  restart(from: 'nothing' | 'snapshot'): void;
}

export function createSimulatedServer(simulation: Simulation, faults = true): SimulatedServer {
  let data = new Map<string, Value>();
  let snapshot = new Map<string, Value>();
  /** What was there after each write. */
  const history: Map<string, Value>[] = [];
  let life = 1;
  let stamps = 0;
  let hang: { over: Promise<void>; end(): void } | null = null;

  function get(key: string): string | undefined {
    const value = data.get(key);
    return value && value.expiresAt > simulation.now() ? value.text : undefined;
  }
  function set(key: string, text: string, expiresAt: number): void {
    data.set(key, { text, expiresAt });
    history.push(new Map(data));
  }

  /** One command: it travels, is carried out, and its answer travels back. */
  async function command<T>(link: { cut: boolean }, carryOut: (run: string) => T): Promise<T> {
    if (link.cut) throw new Error('no connection');
    const sentTo = life;
    const fate = faults ? FATES[simulation.choose(FATES.length)] : 'answered';
    const timeout = Promise.withResolvers<never>();
    timeout.promise.catch(() => undefined);
    const answer = simulation.step().then(async () => {
      if (hang) timeout.reject(new Error('timed out'));
      await hang?.over;
      if (fate === 'lost' || life !== sentTo) throw new Error('connection lost');
      const result = carryOut(String(sentTo));
      await simulation.step();
      return result;
    });
    if (fate !== 'given up') return Promise.race([answer, timeout.promise]);
    answer.catch(() => undefined);
    await simulation.step();
    throw new Error('timed out');
  }

  return {
    connect({ noStamps = false, relativeLease = false, oneLife = false } = {}, link = { cut: false }) {
      const lifeOf = (run: string) => (oneLife ? '' : run);
      const entryKey = (run: string, sessionId: string) => `session:${lifeOf(run)}:${sessionId}`;
      const stampKey = (run: string, userId: string) => `stamp:${lifeOf(run)}:${userId}`;
      return {
        lookup: (userId, sessionId) =>
          command(link, (run) => {
            const stamp = noStamps ? '' : get(stampKey(run, userId));
            const entry = get(entryKey(run, sessionId));
            if (stamp === undefined || !entry?.startsWith(stamp)) return undefined;
            return { stamp, entry: entry.slice(stamp.length) };
          }),
        begin: (userId, leaseMs) =>
          command(link, (run) => {
            const stamp = noStamps ? '' : (get(stampKey(run, userId)) ?? `#${++stamps}#`);
            if (!noStamps) set(stampKey(run, userId), stamp, simulation.now() + 60_000);
            return { stamp, deadlineMs: simulation.now() + leaseMs, run };
          }),
        fill: (userId, sessionId, { stamp, deadlineMs, run }, entry) =>
          command(link, () => {
            if (!noStamps && get(stampKey(run, userId)) !== stamp) return;
            const deadline = relativeLease ? simulation.now() + 3000 : deadlineMs;
            if (deadline > simulation.now()) set(entryKey(run, sessionId), stamp + entry, deadline);
          }),
        tear: (userId) =>
          command(link, (run) => {
            if (!noStamps) return void data.delete(stampKey(run, userId));
            for (const key of data.keys()) if (key.startsWith('session:')) data.delete(key);
          }),
      };
    },
    toggleHang() {
      hang?.end();
      const { promise: over, resolve: end } = Promise.withResolvers<void>();
      hang = hang ? null : { over, end };
    },
    flush: () => data.clear(),
    evict() {
      const key = [...data.keys()][simulation.choose(data.size || 1)];
      if (key !== undefined) data.delete(key);
    },
    saveSnapshot() {
      snapshot = new Map(data);
    },
    intrude() {
      const then = history[simulation.choose(history.length || 1)] ?? [];
      data = new Map(
        [...then].map(([key, { text }]) => [key, { text, expiresAt: Number.POSITIVE_INFINITY }]),
      );
    },
    restart(from) {
      life += 1;
      data = from === 'nothing' ? new Map() : new Map(snapshot);
    },
  };
}
