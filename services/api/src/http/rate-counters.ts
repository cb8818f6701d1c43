import { coalesce } from '../redis/coalesce.ts';
import type { RedisLink } from '../redis/redis.ts';

/** Counts requests by key in windows, each of which begins with its first request. */
export interface RateCounter {
  /** One more. Answers how many that makes in this window, and when the window ends. */
  count(key: string): Promise<Count>;
}

interface Count {
  count: number;
  leftMs: number;
}

/** Beyond so many keys the one with the oldest window is forgotten: addresses are cheap to vary, memory is not. */
const MAX_KEYS = 50_000;

/** The counter of this process alone. `now` in milliseconds of a clock that never goes back. */
export function createLocalCounter(
  windowMs: number,
  { maxKeys = MAX_KEYS, now = () => performance.now() }: { maxKeys?: number; now?: () => number } = {},
): RateCounter & { readonly size: number } {
  // In the order in which the windows began, which is the order in which they end.
  const windows = new Map<string, { count: number; endsAt: number }>();

  function begin(key: string, at: number): Count {
    windows.delete(key);
    for (const [oldest, { endsAt }] of windows) {
      if (endsAt > at && windows.size < maxKeys) break;
      windows.delete(oldest);
    }
    windows.set(key, { count: 1, endsAt: at + windowMs });
    return { count: 1, leftMs: windowMs };
  }

  return {
    async count(key) {
      const at = now();
      const window = windows.get(key);
      if (!window || window.endsAt <= at) return begin(key, at);
      window.count += 1;
      return { count: window.count, leftMs: window.endsAt - at };
    },
    get size() {
      return windows.size;
    },
  };
}

/** The counter of all processes together; while Redis does not answer, `own` goes on by itself. */
export function createSharedCounter(link: RedisLink, windowMs: number, own: RateCounter): RateCounter {
  const countAll = coalesce(async (keys: string[]) => {
    const numbers = await link.ask((redis) => redis.rateCount(keys.length, ...keys, windowMs));
    return keys.map((_, i) => ({ count: numbers[2 * i]!, leftMs: numbers[2 * i + 1]! }));
  });
  return { count: (key) => countAll(`rate:${key}`).catch(() => own.count(key)) };
}
