import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Context } from '../context.ts';
import type { ObserveCall } from '../grpc/grpc-server.ts';
import { snapshot } from '../plane/stats.ts';
import { collectRuleMetrics } from './rule-metrics.ts';
import { collectTrafficMetrics } from './traffic-metrics.ts';

export type Metrics = {
  readonly contentType: string;
  /** The text of one scrape; all counters in it are of one moment. */
  scrape(): Promise<string>;
  readonly observeCall: ObserveCall;
};

/** Every metric of the service. All but the call latency are read from the real counters when scraped. */
export function createMetrics(context: Context): Metrics {
  const registry = new Registry();
  let latest = snapshot(context.plane);
  collectDefaultMetrics({ register: registry });
  collectTrafficMetrics(() => latest, registry);
  collectRuleMetrics(context.plane, registry);
  info(context, registry);
  const seconds = new Histogram({
    name: 'fastpath_grpc_call_duration_seconds',
    help: 'Duration of finished gRPC calls, by method and status.',
    labelNames: ['method', 'status'],
    buckets: [0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 10, 60],
    registers: [registry],
  });
  return {
    contentType: registry.contentType,
    scrape() {
      latest = snapshot(context.plane);
      return registry.metrics();
    },
    observeCall: (method, status, duration) => seconds.observe({ method, status }, duration),
  };
}

function info({ identity, plane, captures }: Context, registry: Registry): void {
  new Gauge({
    name: 'fastpath_info',
    help: 'Always 1; the mode in force and why, in labels.',
    labelNames: ['version', 'mode', 'reason'],
    registers: [registry],
    collect() {
      this.set({ version: identity.version, mode: plane.port.mode, reason: plane.port.reason }, 1);
    },
  });
  new Gauge({
    name: 'fastpath_captures',
    help: 'Captures in progress.',
    registers: [registry],
    collect() {
      this.set(captures.active);
    },
  });
  new Gauge({
    name: 'fastpath_worker_running',
    help: '1 when the data worker runs.',
    labelNames: ['worker'],
    registers: [registry],
    collect() {
      for (const { thread } of plane.workers) this.set({ worker: thread.index }, thread.running ? 1 : 0);
    },
  });
  new Counter({
    name: 'fastpath_worker_restarts_total',
    help: 'Data workers that died and were replaced.',
    labelNames: ['worker'],
    registers: [registry],
    collect() {
      this.reset();
      for (const { thread } of plane.workers) this.inc({ worker: thread.index }, thread.restarts);
    },
  });
}
