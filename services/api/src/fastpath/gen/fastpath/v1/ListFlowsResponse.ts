// Original file: ../../proto/fastpath/v1/fastpath.proto

import type { FlowStats as _fastpath_v1_FlowStats, FlowStats__Output as _fastpath_v1_FlowStats__Output } from '../../fastpath/v1/FlowStats.ts';
import type { Long } from '@grpc/proto-loader';

export interface ListFlowsResponse {
  'flows'?: (_fastpath_v1_FlowStats)[];
  'flows_active'?: (number | string | Long);
}

export interface ListFlowsResponse__Output {
  'flows': (_fastpath_v1_FlowStats__Output)[];
  'flows_active': (number);
}
