import type { Context } from '../../context.ts';
import { AppError } from '../../errors.ts';
import { topFlows } from '../../plane/flows.ts';
import { snapshot } from '../../plane/stats.ts';
import { toFlow } from '../flow-messages.ts';
import type { ListFlowsRequest__Output } from '../gen/fastpath/v1/ListFlowsRequest.ts';
import type { ListFlowsResponse } from '../gen/fastpath/v1/ListFlowsResponse.ts';
import { toVerdict } from '../verdict-messages.ts';

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 1_000;

/** Top talkers, by packets or bytes. */
export function listFlows({ plane }: Context) {
  return async (request: ListFlowsRequest__Output): Promise<ListFlowsResponse> => {
    const limit = request.limit || DEFAULT_LIMIT;
    if (limit > MAX_LIMIT) throw new AppError('invalid_argument', `limit: at most ${MAX_LIMIT}`);
    const order = request.order === 'ORDER_PACKETS' ? 'packets' : 'bytes';
    const flows = await topFlows(plane, limit, order);
    return {
      flows: flows.map((flow) => ({
        flow: toFlow(flow),
        packets: flow.packets,
        bytes: flow.bytes,
        dropped_packets: flow.droppedPackets,
        first_seen_ms: flow.firstSeenMs,
        last_seen_ms: flow.lastSeenMs,
        verdict: toVerdict(plane.rules, flow.action, flow.serial),
      })),
      flows_active: snapshot(plane).total.flowsActive,
    };
  };
}
