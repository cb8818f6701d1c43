import type { Context } from '../../context.ts';
import { AppError } from '../../errors.ts';
import { busiestRules, countRules } from '../../plane/rule-counts.ts';
import { snapshot } from '../../plane/stats.ts';
import type { ListRuleCountersRequest__Output } from '../gen/fastpath/v1/ListRuleCountersRequest.ts';
import type { ListRuleCountersResponse } from '../gen/fastpath/v1/ListRuleCountersResponse.ts';

const MOST = 1_000;

/** Exact counters of the rules in force, of all or of those asked for, and of the packets that matched none. */
export function listRuleCounters({ plane }: Context) {
  return ({ rule_ids, limit }: ListRuleCountersRequest__Output): ListRuleCountersResponse => {
    if (rule_ids.length > MOST)
      throw new AppError('invalid_argument', `rule_ids: ${rule_ids.length} given, at most ${MOST}`);
    if (limit > MOST) throw new AppError('invalid_argument', `limit: at most ${MOST}`);
    const counted = limit > 0 ? busiestRules(plane, rule_ids, limit) : countRules(plane, rule_ids);
    const { total } = snapshot(plane);
    return {
      version: plane.version,
      counters: counted.map(({ id, packets, bytes, droppedPackets }) => ({
        rule_id: id,
        packets,
        bytes,
        dropped_packets: droppedPackets,
      })),
      unmatched_packets: total.unmatchedPackets,
      unmatched_bytes: total.unmatchedBytes,
    };
  };
}
