import { Counter, Gauge, type Registry } from 'prom-client';

const OUTCOMES = ['hit', 'miss', 'refused', 'unavailable'] as const;
export type LookupOutcome = (typeof OUTCOMES)[number];
const STATES = ['up', 'resting', 'away'] as const;
type LinkState = (typeof STATES)[number];

export interface RedisMetrics {
  looked(outcome: LookupOutcome): void;
  failed(): void;
  forgetsWaited(): void;
}

/** Registered only where there is a Redis; `state` is asked at every scrape. */
export function createRedisMetrics(registry: Registry, state: () => LinkState): RedisMetrics {
  const lookups = new Counter({
    name: 'session_cache_lookups_total',
    help:
      'Sessions looked up in Redis: hit, or miss, refused (not as we signed it, or too old) and unavailable: then the ' +
      'database was asked',
    labelNames: ['outcome'],
    registers: [registry],
  });
  const failures = new Counter({
    name: 'redis_failures_total',
    help: 'Commands to Redis that failed, were refused or took too long',
    registers: [registry],
  });
  const waited = new Counter({
    name: 'session_cache_waits_total',
    help: 'Changes of a user that waited for cached sessions to expire, because Redis could not be told',
    registers: [registry],
  });
  new Gauge({
    name: 'redis_state',
    help: '1 for the state of the link to Redis: up, resting (the breaker is open) or away (not connected)',
    labelNames: ['state'],
    registers: [registry],
    collect() {
      const current = state();
      for (const name of STATES) this.set({ state: name }, name === current ? 1 : 0);
    },
  });
  // A series must exist before it first grows, or rate() misses that.
  for (const outcome of OUTCOMES) lookups.inc({ outcome }, 0);
  failures.inc(0);
  waited.inc(0);
  return {
    looked: (outcome) => lookups.inc({ outcome }),
    failed: () => failures.inc(),
    forgetsWaited: () => waited.inc(),
  };
}
