import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { type InstanceView, isInSync } from './instance-view.ts';
import type { RuleSetVersion } from './rule-set.ts';

type InstanceState = 'in_sync' | 'out_of_sync' | 'unreachable';
type ReconcileOutcome = 'unchanged' | 'applied' | 'failed';

export interface FastPathMetrics {
  reconciled(outcome: ReconcileOutcome, seconds: number): void;
}

interface Observed {
  views(): InstanceView[];
  desired(): Promise<RuleSetVersion>;
}

/** Registers the metrics of the fast-path link. Gauges are read from `observed` when they are scraped. */
export function createFastPathMetrics(registry: Registry, observed: Observed): FastPathMetrics {
  const registers = [registry];
  // A database that is down must not take the other metrics with it; nothing can be told to be in sync then.
  const desired = () => observed.desired().catch(() => null);
  new Gauge({
    name: 'fastpath_instances',
    help: 'Fast-path instances as this API process sees them, by state.',
    labelNames: ['state'],
    registers,
    async collect() {
      const version = await desired();
      const counts: Record<InstanceState, number> = { in_sync: 0, out_of_sync: 0, unreachable: 0 };
      for (const view of observed.views()) counts[stateOf(view, version)] += 1;
      for (const [state, count] of Object.entries(counts)) this.set({ state }, count);
    },
  });
  new Gauge({
    name: 'fastpath_applied_revision',
    help: 'Revision of the rule set that each instance enforces.',
    labelNames: ['instance'],
    registers,
    collect() {
      this.reset();
      for (const { address, applied } of observed.views()) {
        if (applied) this.set({ instance: address }, applied.revision);
      }
    },
  });
  new Gauge({
    name: 'fastpath_desired_revision',
    help: 'Revision of the rule set in the database; NaN while it does not answer.',
    registers,
    async collect() {
      this.set((await desired())?.revision ?? Number.NaN);
    },
  });
  const runs = new Counter({
    name: 'fastpath_reconcile_runs_total',
    help: 'Reconciliations of one instance, by outcome.',
    labelNames: ['outcome'],
    registers,
  });
  const duration = new Histogram({
    name: 'fastpath_reconcile_duration_seconds',
    help: 'Time that one reconciliation of one instance took.',
    labelNames: ['outcome'],
    buckets: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 2, 5, 10],
    registers,
  });
  for (const outcome of ['unchanged', 'applied', 'failed']) runs.inc({ outcome }, 0);
  return {
    reconciled: (outcome, seconds) => {
      runs.inc({ outcome });
      duration.observe({ outcome }, seconds);
    },
  };
}

function stateOf(view: InstanceView, desired: RuleSetVersion | null): InstanceState {
  if (!view.reachable) return 'unreachable';
  return desired && isInSync(view, desired) ? 'in_sync' : 'out_of_sync';
}
