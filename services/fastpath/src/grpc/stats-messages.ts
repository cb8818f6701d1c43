import { DROP_REASONS, type Totals } from '../engine/counters.ts';
import type { RuleSetVersion } from '../plane/rule-set-version.ts';
import type { Snapshot } from '../plane/stats.ts';
import type { DropCount } from './gen/fastpath/v1/DropCount.ts';
import type { Stats } from './gen/fastpath/v1/Stats.ts';

/** A snapshot as a message. Every reason is listed, also with 0, so that a reader sees which ones exist. */
export function toStats({ timeMs, total, workers }: Snapshot, version: RuleSetVersion): Stats {
  return {
    time_ms: timeMs,
    ...traffic(total),
    consumed_packets: total.consumedPackets,
    passed_packets: total.passedPackets,
    flows_active: total.flowsActive,
    flows_evicted: total.flowsEvicted,
    rules: version,
    workers: workers.map((worker) => ({
      worker: worker.worker,
      ...traffic(worker),
      bursts: worker.bursts,
      handler_ns: Math.round(worker.handlerNs),
      slots: worker.slots.slots,
      slots_used: worker.slots.used,
    })),
  };
}

function traffic(totals: Totals) {
  return {
    rx_packets: totals.rxPackets,
    rx_bytes: totals.rxBytes,
    tx_packets: totals.txPackets,
    tx_bytes: totals.txBytes,
    drops: DROP_REASONS.map((reason): DropCount => ({ reason, packets: totals.drops[reason] })),
  };
}
