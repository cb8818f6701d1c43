import { Counter, Gauge, type Registry } from 'prom-client';
import { DROP_REASONS, type Totals } from '../engine/counters.ts';
import type { Snapshot, WorkerSnapshot } from '../plane/stats.ts';

type Sample = { readonly labels: Record<string, string | number>; readonly value: number };

/**
 * Metrics of the data workers, from the latest snapshot. What the kernel decided before any worker saw it is the
 * series `worker="kernel"`.
 */
export function collectTrafficMetrics(latest: () => Snapshot, registry: Registry): void {
  const register = (
    Metric: typeof Counter | typeof Gauge,
    name: string,
    help: string,
    labelNames: string[],
    samples: (snapshot: Snapshot) => Sample[],
  ) =>
    new Metric({
      name,
      help,
      labelNames,
      registers: [registry],
      collect(this: Counter | Gauge) {
        this.reset();
        for (const { labels, value } of samples(latest())) this.inc(labels, value);
      },
    });

  register(Counter, 'fastpath_packets_total', 'Packets received and sent.', ['direction', 'worker'], (all) =>
    everywhere(all, (one) => [
      { labels: { direction: 'rx' }, value: one.rxPackets },
      { labels: { direction: 'tx' }, value: one.txPackets },
    ]),
  );
  register(
    Counter,
    'fastpath_bytes_total',
    'IP packet bytes received and sent.',
    ['direction', 'worker'],
    (all) =>
      everywhere(all, (one) => [
        { labels: { direction: 'rx' }, value: one.rxBytes },
        { labels: { direction: 'tx' }, value: one.txBytes },
      ]),
  );
  register(Counter, 'fastpath_drops_total', 'Packets dropped, by reason.', ['reason', 'worker'], (all) =>
    everywhere(all, (one) =>
      DROP_REASONS.map((reason) => ({ labels: { reason }, value: one.drops[reason] })),
    ),
  );
  const single = (
    Metric: typeof Counter | typeof Gauge,
    name: string,
    help: string,
    read: (one: WorkerSnapshot) => number,
  ) =>
    register(Metric, name, help, ['worker'], (all) =>
      perWorker(all, (one) => [{ labels: {}, value: read(one) }]),
    );
  single(
    Counter,
    'fastpath_consumed_packets_total',
    'Packets that the handler did not answer.',
    (one) => one.consumedPackets,
  );
  const singleEverywhere = (
    Metric: typeof Counter | typeof Gauge,
    name: string,
    help: string,
    read: (one: Totals) => number,
  ) =>
    register(Metric, name, help, ['worker'], (all) =>
      everywhere(all, (one) => [{ labels: {}, value: read(one) }]),
    );
  singleEverywhere(
    Counter,
    'fastpath_passed_packets_total',
    'Packets judged, allowed, and passed on to the network stack of this machine, because they are not for the data plane.',
    (one) => one.passedPackets,
  );
  singleEverywhere(
    Counter,
    'fastpath_unmatched_packets_total',
    'Packets that no rule matched.',
    (one) => one.unmatchedPackets,
  );
  register(
    Counter,
    'fastpath_ignored_packets_total',
    'Packets on the interface of the data plane that were none of ours and went their way unjudged.',
    [],
    ({ ignoredPackets }) => [{ labels: {}, value: ignoredPackets }],
  );
  single(
    Counter,
    'fastpath_bursts_total',
    'Bursts processed; packets over bursts is the mean size.',
    (one) => one.bursts,
  );
  single(
    Counter,
    'fastpath_handler_seconds_total',
    'Time spent in the packet handler.',
    (one) => one.handlerNs / 1e9,
  );
  singleEverywhere(Gauge, 'fastpath_flows', 'Flows in the flow table.', (one) => one.flowsActive);
  singleEverywhere(
    Counter,
    'fastpath_flow_evictions_total',
    'Flows evicted because the table was full.',
    (one) => one.flowsEvicted,
  );
  single(Gauge, 'fastpath_slots', 'Packet slots of the pool.', (one) => one.slots.slots);
  single(Gauge, 'fastpath_slots_used', 'Packet slots in use.', (one) => one.slots.used);
  single(
    Gauge,
    'fastpath_slots_used_peak',
    'Most packet slots in use at once since the worker started.',
    (one) => one.slots.peak,
  );
}

function everywhere(all: Snapshot, samples: (one: Totals) => Sample[]): Sample[] {
  const ofKernel = all.kernel === null ? [] : samples(all.kernel);
  return [
    ...perWorker(all, samples),
    ...ofKernel.map(({ labels, value }) => ({ labels: { ...labels, worker: 'kernel' }, value })),
  ];
}

function perWorker({ workers }: Snapshot, samples: (one: WorkerSnapshot) => Sample[]): Sample[] {
  return workers.flatMap((one) =>
    samples(one).map(({ labels, value }) => ({ labels: { ...labels, worker: one.worker }, value })),
  );
}
