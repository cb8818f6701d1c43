// Original file: ../../proto/fastpath/v1/fastpath.proto

import type { Flow as _fastpath_v1_Flow, Flow__Output as _fastpath_v1_Flow__Output } from '../../fastpath/v1/Flow.ts';
import type { Verdict as _fastpath_v1_Verdict, Verdict__Output as _fastpath_v1_Verdict__Output } from '../../fastpath/v1/Verdict.ts';
import type { Long } from '@grpc/proto-loader';

export interface FlowStats {
  'flow'?: (_fastpath_v1_Flow | null);
  'packets'?: (number | string | Long);
  'bytes'?: (number | string | Long);
  'dropped_packets'?: (number | string | Long);
  'first_seen_ms'?: (number | string | Long);
  'last_seen_ms'?: (number | string | Long);
  'verdict'?: (_fastpath_v1_Verdict | null);
}

export interface FlowStats__Output {
  'flow': (_fastpath_v1_Flow__Output | null);
  'packets': (number);
  'bytes': (number);
  'dropped_packets': (number);
  'first_seen_ms': (number);
  'last_seen_ms': (number);
  'verdict': (_fastpath_v1_Verdict__Output | null);
}
