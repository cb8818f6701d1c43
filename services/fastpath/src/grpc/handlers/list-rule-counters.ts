import type { Context } from '../../context.ts';
import { snapshot } from '../../plane/stats.ts';
import type { ListRuleCountersResponse } from '../gen/fastpath/v1/ListRuleCountersResponse.ts';

/** Exact counters of every rule in force, and of the packets that matched none. */
export function listRuleCounters({ plane }: Context) {
  return (): ListRuleCountersResponse => {
    const { total } = snapshot(plane);
    return {
      version: plane.version,
      counters: plane.rules.rules.map(({ id, slot }) => {
        const { packets, bytes, droppedPackets } = plane.ruleCounters.read(slot);
        return { rule_id: id, packets, bytes, dropped_packets: droppedPackets };
      }),
      unmatched_packets: total.unmatchedPackets,
      unmatched_bytes: total.unmatchedBytes,
    };
  };
}
