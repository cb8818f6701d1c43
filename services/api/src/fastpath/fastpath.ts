import { readFileSync } from 'node:fs';
import { type ChannelCredentials, credentials } from '@grpc/grpc-js';
import type { Logger } from 'pino';
import { type Config, ConfigError } from '../config.ts';
import { AppError } from '../errors.ts';
import type { Health } from '../health.ts';
import { createStreamQuota, type StreamQuota } from '../http/stream-quota.ts';
import type { Lifecycle } from '../lifecycle.ts';
import type { Metrics } from '../metrics.ts';
import { parseTargets } from './addresses.ts';
import { createFastPathViews, type FastPathViews } from './fastpath.service.ts';
import { createInstances } from './instances.ts';
import { linkCheck } from './link-check.ts';
import { createFastPathMetrics } from './metrics.ts';
import { createReconciler } from './reconciler.ts';
import type { RuleSource } from './rule-set.ts';
import { createServiceToken } from './service-token.ts';
import { createStatsHub } from './stats-hub.ts';

/** The link to the fast paths: what it shows, and the way to say that the rules have changed. */
export interface FastPath extends FastPathViews {
  readonly quotas: { events: StreamQuota; captures: StreamQuota };
  /** Brings every instance to the rules of the database now, instead of at the next interval. Returns at once. */
  rulesChanged(): void;
  /** The largest rule set that every fast path known now takes. */
  maxRules(): number;
}

interface FastPathOptions {
  config: Pick<Config, 'FASTPATH_ADDRESS' | 'FASTPATH_SECRET' | 'FASTPATH_TLS_CA' | 'RECONCILE_INTERVAL_MS'>;
  source: RuleSource;
  log: Logger;
  metrics: Metrics;
  health: Health;
  lifecycle: Lifecycle;
}

/** Wires the link; it begins to work with the lifecycle. Without FASTPATH_ADDRESS there is none, and nothing polls. */
export function createFastPath(options: FastPathOptions): FastPath {
  const { config, source, log, health, lifecycle } = options;
  if (config.FASTPATH_ADDRESS.length === 0) return withoutFastPath(source);
  const instances = createInstances(parseTargets(config.FASTPATH_ADDRESS), {
    token: createServiceToken(config.FASTPATH_SECRET ?? ''),
    credentials: channelCredentials(config.FASTPATH_TLS_CA),
  });
  const metrics = createFastPathMetrics(options.metrics.registry, {
    views: () => reconciler.views(),
    desired: () => source.version(),
  });
  const intervalMs = config.RECONCILE_INTERVAL_MS;
  const reconciler = createReconciler({ instances, source, intervalMs, log, metrics });
  const hub = createStatsHub(instances, log);
  health.register({ name: 'fastpath', needed: false, run: () => linkCheck(reconciler, source) });
  lifecycle.use({
    name: 'fastpath',
    start: reconciler.start,
    async close() {
      hub.close();
      await reconciler.stop();
    },
  });
  return {
    ...createFastPathViews({ instances, reconciler, hub, source }),
    quotas: createQuotas(),
    rulesChanged: reconciler.trigger,
    // 0 = a fast path of an older release, which does not tell.
    maxRules: () => Math.min(...reconciler.views().map(({ status }) => status?.max_rules || Infinity)),
  };
}

/** Per user and process. A page has one event stream per tab; a capture copies packets on every instance. */
function createQuotas(): FastPath['quotas'] {
  return { events: createStreamQuota(20), captures: createStreamQuota(2) };
}

function channelCredentials(caFile: string | undefined): ChannelCredentials {
  if (caFile === undefined) return credentials.createInsecure();
  try {
    return credentials.createSsl(readFileSync(caFile));
  } catch (cause) {
    throw new ConfigError(
      `FASTPATH_TLS_CA: cannot read ${caFile} as a PEM file: ${(cause as Error).message}`,
      { cause },
    );
  }
}

function withoutFastPath(source: RuleSource): FastPath {
  const refuse = (): never => {
    throw new AppError('fastpath_disabled');
  };
  const refuseLater = async () => refuse();
  return {
    status: async () => ({ enabled: false, desired: await source.version(), instances: [] }),
    stats: refuseLater,
    watchStats: refuse,
    flows: refuseLater,
    ruleCounters: refuseLater,
    classify: refuseLater,
    capture: refuseLater,
    quotas: createQuotas(),
    rulesChanged: () => {},
    maxRules: () => Infinity,
  };
}
