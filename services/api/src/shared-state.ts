import type { Logger } from 'pino';
import { createSessionCache, type SessionCache } from './auth/session-cache.ts';
import { createSessionSeal } from './auth/session-seal.ts';
import { createSessionStore } from './auth/session-store.ts';
import type { Config } from './config.ts';
import type { Health } from './health.ts';
import { createLocalCounter, createSharedCounter } from './http/rate-counters.ts';
import { createRateLimit, type RateLimit, WINDOW_MS } from './http/rate-limit.ts';
import type { Lifecycle } from './lifecycle.ts';
import type { Metrics } from './metrics.ts';
import { openRedis, type RedisLink } from './redis/redis.ts';
import { createRedisMetrics, type RedisMetrics } from './redis/redis-metrics.ts';

interface Dependencies {
  config: Config;
  log: Logger;
  metrics: Metrics;
  health: Health;
  lifecycle: Lifecycle;
}

/** What the replicas share through Redis, where there is one; each replica for itself, where there is none. */
interface SharedState {
  sessionCache: SessionCache;
  rateLimit: RateLimit;
}

export function createSharedState(deps: Dependencies): SharedState {
  const { config, metrics } = deps;
  const own = createLocalCounter(WINDOW_MS);
  const redis = openLink(deps);
  return {
    sessionCache: createSessionCache(
      redis && {
        store: createSessionStore(redis.link),
        seal: createSessionSeal(config.JWT_KEYS),
        watch: redis.metrics,
      },
    ),
    rateLimit: createRateLimit({
      perMinute: config.RATE_LIMIT_PER_MINUTE,
      counter: redis ? createSharedCounter(redis.link, WINDOW_MS, own) : own,
      onRefusal: (by) => metrics.rateLimited.inc({ by }),
    }),
  };
}

function openLink({
  config,
  log,
  metrics,
  health,
  lifecycle,
}: Dependencies): { link: RedisLink; metrics: RedisMetrics } | null {
  if (!config.REDIS_URL) return null;
  const redisMetrics = createRedisMetrics(metrics.registry, () => link.state());
  const link = openRedis(config.REDIS_URL, { log, onFailure: redisMetrics.failed });
  health.register({ name: 'redis', needed: false, run: () => link.check() });
  lifecycle.use({ name: 'redis', start: () => link.open(), close: () => link.close() });
  return { link, metrics: redisMetrics };
}
