// Original file: ../../proto/fastpath/v1/fastpath.proto

import type { RuleSetVersion as _fastpath_v1_RuleSetVersion, RuleSetVersion__Output as _fastpath_v1_RuleSetVersion__Output } from '../../fastpath/v1/RuleSetVersion.ts';
import type { RuleCounter as _fastpath_v1_RuleCounter, RuleCounter__Output as _fastpath_v1_RuleCounter__Output } from '../../fastpath/v1/RuleCounter.ts';
import type { Long } from '@grpc/proto-loader';

export interface ListRuleCountersResponse {
  'version'?: (_fastpath_v1_RuleSetVersion | null);
  'counters'?: (_fastpath_v1_RuleCounter)[];
  'unmatched_packets'?: (number | string | Long);
  'unmatched_bytes'?: (number | string | Long);
}

export interface ListRuleCountersResponse__Output {
  'version': (_fastpath_v1_RuleSetVersion__Output | null);
  'counters': (_fastpath_v1_RuleCounter__Output)[];
  'unmatched_packets': (number);
  'unmatched_bytes': (number);
}
